"""Scenarios' words in Socotra's own: calls of canonical operations, locators, what it shows."""

from collections.abc import Generator, Mapping
from typing import Any

from sandbox.apis import Call, Json, named_in
from sandbox.apis.socotra import bodies
from sandbox.apis.socotra.blocks import account_of
from sandbox.apis.socotra.configuration import FIRST_TENANT
from sandbox.apis.socotra.models import Account, Instrument, Invoice, Payment, Viewed, Webhook
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource
from sandbox.provider import fixtures as provider
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment as Collected

Fields = Mapping[str, Any]


def calls(sandbox: Sandbox, operation: str, fields: Fields) -> Generator[Call, Json, None]:
    """The calls of a canonical operation. LookupError where its fields make none."""
    match operation:
        case "payments.create":
            yield from _create(sandbox, fields)
        case "payments.get":
            yield _of_payment("fetchPayment", _payment(sandbox, fields).locator)
        case "payments.cancel":
            yield _of_payment("cancelPayment", _payment(sandbox, fields).locator)
        case "payments.list":
            yield _list(sandbox, fields)
        case _:
            raise LookupError(f"Socotra has no {operation}")


def _create(sandbox: Sandbox, fields: Fields) -> Generator[Call, Json, None]:
    """A draft, validated, then handed to the provider: only the last of the three counts."""
    if "amount" not in fields:
        raise LookupError("amount is needed")
    target = {"containerLocator": _invoice(sandbox, fields).locator, "containerType": "invoice"}
    body = {"type": "StandardPayment", "amount": float(fields["amount"]), "targets": [target]}
    if "reference" in fields:
        body["transactionNumber"] = fields["reference"]
    draft = yield Call("createPayment", path={"tenantLocator": FIRST_TENANT}, body=body)
    if not (isinstance(draft, Mapping) and "locator" in draft):
        return
    yield _of_payment("validatePayment", draft["locator"])
    yield _of_payment("executePayment", draft["locator"])


def _list(sandbox: Sandbox, fields: Fields) -> Call:
    if "invoice" in fields:
        path = {"tenantLocator": FIRST_TENANT, "locator": _invoice(sandbox, fields).locator}
        return Call("fetchPaymentsForAnInvoice", path=path)
    query = {}
    if "customer" in fields:
        customer = named_in(sandbox, provider.Customer, fields, "customer")
        account = account_of(sandbox, customer.id)
        if account is None:
            raise LookupError(f"Socotra knows no account of customer {customer.ref}")
        query["accountLocator"] = account.locator
    return Call("fetchMultiplePayments", path={"tenantLocator": FIRST_TENANT}, query=query)


def _of_payment(operation: str, locator: str) -> Call:
    return Call(operation, path={"tenantLocator": FIRST_TENANT, "locator": locator})


def _invoice(sandbox: Sandbox, fields: Fields) -> Invoice:
    """By ref either kind; by id the normal one."""
    try:
        resource: provider.Invoice = named_in(sandbox, provider.Invoice, fields, "invoice")
    except LookupError:
        if not isinstance(fields.get("invoice"), str):
            raise
        resource = named_in(sandbox, provider.AdhocInvoice, fields, "invoice")
    invoice = sandbox.last(Invoice, given=resource.subject)
    if invoice is None:
        raise LookupError(f"Socotra knows no invoice {resource.ref}")
    return invoice


def _payment(sandbox: Sandbox, fields: Fields) -> Payment:
    """By the provider's payment, or by a draft's name."""
    named = fields.get("payment")
    draft = sandbox.last(Payment, ref=named) if isinstance(named, str) else None
    payment = draft or _viewed(sandbox, named_in(sandbox, Collected, fields, "payment"))
    if payment is None:
        raise LookupError(f"Socotra knows no payment {named}")
    return payment


def _viewed(sandbox: Sandbox, truth: Collected) -> Payment | None:
    return sandbox.last(Payment, provider_payment=truth.id)


def spelled(sandbox: Sandbox, resource: Resource) -> Json:
    """The locator of a fixture or of one of the provider's resources; None where there is none."""
    found: Viewed | None = None
    match resource:
        case Viewed():
            found = resource
        case Collected():
            found = _viewed(sandbox, resource)
        case Mandate():
            found = sandbox.last(Instrument, mandate=resource.id)
        case provider.Invoice():
            found = sandbox.last(Invoice, given=resource.subject)
        case provider.Account():
            found = sandbox.last(Account, given=resource.id)
        case provider.Webhook():
            found = sandbox.last(Webhook, ref=resource.ref)
    return found.locator if found else None


def view(sandbox: Sandbox, resource: Resource) -> Json:
    """What Socotra shows of one of the provider's resources."""
    match resource:
        case Collected():
            payment = _viewed(sandbox, resource)
            return bodies.payment(sandbox, payment) if payment else None
        case Mandate():
            instrument = sandbox.last(Instrument, mandate=resource.id)
            return bodies.instrument(instrument) if instrument else None
    return None
