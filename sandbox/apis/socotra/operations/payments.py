"""Payments: translate, ask a rule, answer."""

from sandbox.apis import Answer, Json
from sandbox.apis.socotra import bodies
from sandbox.apis.socotra.access import caller
from sandbox.apis.socotra.lifecycles import PaymentLifecycle
from sandbox.apis.socotra.models import Payment
from sandbox.apis.socotra.rules import (
    drafts,
    execution,
    lists,
    numbering,
    posting,
    previews,
    states,
    validation,
)
from sandbox.apis.socotra.views import get, page, tenant_of
from sandbox.engine.sandbox import Sandbox


def _named(sandbox: Sandbox, tenant_locator: str, locator: str) -> Payment:
    return get(sandbox, Payment, locator, tenant_of(tenant_locator))


def _shown(sandbox: Sandbox, payment: Payment) -> Answer:
    return Answer(bodies.payment(sandbox, payment))


def fetch_payment(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    return _shown(sandbox, _named(sandbox, tenant_locator, locator))


def fetch_multiple_payments(  # noqa: PLR0913, PLR0917  what the document has
    sandbox: Sandbox,
    tenant_locator: str,
    offset: int,
    count: int,
    account_locator: str | None,
    target_container_locator: str | None,
) -> Answer:
    tenant = tenant_of(tenant_locator)
    found = lists.payments(sandbox, tenant, account_locator, target_container_locator)
    one = page(found, offset, count)
    return Answer(bodies.paged(one, [bodies.payment(sandbox, each) for each in one.items]))


def fetch_subpayments(
    sandbox: Sandbox, tenant_locator: str, locator: str, offset: int, count: int
) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    one = page(lists.shares(sandbox, payment), offset, count)
    return Answer(bodies.paged(one, [bodies.payment(sandbox, each) for each in one.items]))


def fetch_payments_with_number(
    sandbox: Sandbox, tenant_locator: str, payment_number: str
) -> Answer:
    found = lists.with_number(sandbox, tenant_of(tenant_locator), payment_number)
    return Answer([bodies.payment(sandbox, each) for each in found])


def create_payment(sandbox: Sandbox, token: str, tenant_locator: str, body: Json) -> Answer:
    tenant = tenant_of(tenant_locator)
    return _shown(sandbox, drafts.create(sandbox, caller(sandbox, token), tenant, body))


def update_payment(sandbox: Sandbox, tenant_locator: str, locator: str, body: Json) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, drafts.update(sandbox, payment, body))


def update_payment_overwrite_data(
    sandbox: Sandbox, tenant_locator: str, locator: str, body: Json
) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, drafts.overwrite(sandbox, payment, body))


def validate_payment(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, validation.validate(sandbox, payment, caller(sandbox, token)))


def post_payment(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    states.require(payment, PaymentLifecycle.post)
    posted = posting.post(sandbox, payment, caller(sandbox, token), PaymentLifecycle.post)
    return _shown(sandbox, posted)


def reverse_payment(
    sandbox: Sandbox, token: str, tenant_locator: str, locator: str, body: Json
) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    who = caller(sandbox, token)
    return _shown(sandbox, posting.reverse(sandbox, payment, body["reversalType"], who))


def reset_payment(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, drafts.reset(sandbox, payment, caller(sandbox, token)))


def discard_payment(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, drafts.discard(sandbox, payment, caller(sandbox, token)))


def set_payment_number(
    sandbox: Sandbox, tenant_locator: str, locator: str, payment_number: str
) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, numbering.put(sandbox, payment, payment_number))


def generate_payment_number(sandbox: Sandbox, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, numbering.generate(sandbox, payment))


def execute_payment(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, execution.request(sandbox, payment, caller(sandbox, token)))


def cancel_payment(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, execution.cancel(sandbox, payment, caller(sandbox, token)))


def fail_payment(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return _shown(sandbox, execution.fail(sandbox, payment, caller(sandbox, token)))


def list_shortfall_credits(
    sandbox: Sandbox, tenant_locator: str, locator: str, offset: int, count: int
) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    one = page(lists.shortfall_credits(sandbox, payment), offset, count)
    return Answer(bodies.paged(one, map(bodies.shortfall_credit, one.items)))


def fetch_invoices_targeted_by_a_payment(  # noqa: PLR0913, PLR0917  what the document has
    sandbox: Sandbox,
    tenant_locator: str,
    locator: str,
    include_reversed: bool,
    offset: int,
    count: int,
) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    found = lists.invoices_of(sandbox, payment, reversed_too=include_reversed)
    one = page(found, offset, count)
    return Answer(bodies.paged(one, [bodies.invoice(sandbox, each) for each in one.items]))


def preview_payment_validate(
    sandbox: Sandbox, token: str, tenant_locator: str, locator: str
) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return Answer(previews.of_validation(sandbox, payment, caller(sandbox, token)))


def preview_payment_post(sandbox: Sandbox, token: str, tenant_locator: str, locator: str) -> Answer:
    payment = _named(sandbox, tenant_locator, locator)
    return Answer(previews.of_posting(sandbox, payment, caller(sandbox, token)))
