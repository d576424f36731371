"""Elevate's operations: each translates, asks a rule and answers. The spec documents them."""

from datetime import datetime, timedelta

import jwt

from sandbox.apis import Answer, Asked, Json, Server
from sandbox.apis.elevate.models import (
    AdhocInvoicePayment,
    InvoicePayment,
    Mandate,
    Row,
)
from sandbox.apis.elevate.rules import (
    customers,
    links,
    listing,
    mandates,
    outbound,
    payments,
    providers,
    refunds,
    reprocess,
    rows,
)
from sandbox.apis.elevate.rules.listing import Query
from sandbox.apis.elevate.rules.patching import Check, patching
from sandbox.apis.elevate.rules.refusals import NotFoundError
from sandbox.engine.ids import digest
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject

TOKEN_LIFETIME = timedelta(minutes=15)

PROVIDER_MEMBERS = {
    "id": None,
    "type": None,
    "name": None,
    "directDebitWithName": None,
    "status": None,
    "creditorIdentifier": None,
    "instantBankPayments": False,
    "retryIfPossible": False,
    "acceptExternalPayments": False,
    "contractOwnerIds": None,
    "syncInstantBankPaymentsWithMandateCreation": False,
}


def create_bearer_token(server: Server, wall: datetime, body: Json) -> Answer:
    now = wall.replace(microsecond=0)
    claims = {
        "sub": body["username"],
        "brand": body["brand"],
        "iat": now,
        "exp": now + TOKEN_LIFETIME,
    }
    token = jwt.encode(claims, server.jwt_key, algorithm="HS256")
    return Answer({"token": token, "username": body["username"]})


# Payment providers


def get_payment_providers(sandbox: Sandbox, query: Asked, members: tuple[str, ...]) -> Answer:
    tests = {
        "type": listing.text_filter(query["type"]),
        "contractOwnerIds": listing.member_filter(query["contract_owner_id"]),
        "instantBankPayments": listing.boolean_filter(query["instant_bank_payments"]),
        "retryIfPossible": listing.boolean_filter(query["retry_if_possible"]),
    }
    items = listing.fitting(map(providers.as_json, providers.known(sandbox)), tests)
    names = tuple(name for name in members if name not in providers.NO_SCALARS)
    return Answer(listing.page(items, Query.of(query), names))


def create_payment_provider(sandbox: Sandbox, body: Json) -> Answer:
    provider = providers.create(sandbox, providers.Settings.from_json(body))
    return Answer(providers.as_json(provider), 201)


def get_payment_provider(sandbox: Sandbox, payment_provider_id: int) -> Answer:
    return Answer(providers.as_json(providers.get(sandbox, payment_provider_id)))


def update_payment_provider(
    sandbox: Sandbox, payment_provider_id: int, body: Json, check: Check
) -> Answer:
    patched = patching(body, members=PROVIDER_MEMBERS, read_only=("id",), check=check)
    return Answer(providers.as_json(providers.update(sandbox, payment_provider_id, patched)))


# Payments of invoices


def get_invoice_payments(sandbox: Sandbox, query: Asked, members: tuple[str, ...]) -> Answer:
    wanted = rows.Filter(
        query["generated_invoice_id"],
        query["customer_payment_id"],
        query["bill_run_id"],
        query["customer_payment_type"],
    )
    return Answer(rows.page(sandbox, InvoicePayment, wanted, Query.of(query), members))


def get_adhoc_invoice_payments(sandbox: Sandbox, query: Asked, members: tuple[str, ...]) -> Answer:
    wanted = rows.Filter(
        query["generated_adhoc_invoice_id"],
        query["customer_payment_id"],
        query["adhoc_bill_run_id"],
        query["customer_payment_type"],
    )
    return Answer(rows.page(sandbox, AdhocInvoicePayment, wanted, Query.of(query), members))


def create_invoice_payment(sandbox: Sandbox, body: Json) -> Answer:
    return Answer(payments.asked(sandbox, body, "invoice").as_json(), 201)


def create_adhoc_invoice_payment(sandbox: Sandbox, body: Json) -> Answer:
    return Answer(payments.asked(sandbox, body, "adhoc_invoice").as_json(), 201)


def get_invoice_payment(sandbox: Sandbox, invoice_payment_id: int) -> Answer:
    return _row(sandbox, InvoicePayment, "invoice payment", invoice_payment_id)


def get_adhoc_invoice_payment(sandbox: Sandbox, adhoc_invoice_payment_id: int) -> Answer:
    return _row(sandbox, AdhocInvoicePayment, "adhoc invoice payment", adhoc_invoice_payment_id)


def reprocess_invoice_payment(sandbox: Sandbox, body: Json) -> Answer:
    payments.try_again(sandbox, _invoice(body), body.get("notes"))
    return Answer()


def cancel_invoice_payment(sandbox: Sandbox, body: Json) -> Answer:
    payments.cancel(sandbox, _invoice(body), body.get("notes"))
    return Answer(status=202)


def payment_provider_reprocess(sandbox: Sandbox, body: Json = None) -> Answer:
    reprocess.settle(sandbox, (body or {}).get("paymentProviderId"))
    return Answer()


# Refunds


def get_refunds(sandbox: Sandbox, query: Asked, members: tuple[str, ...]) -> Answer:
    wanted = refunds.Filter(query["customer_id"], query["invoice_id"], query["bill_run_type"])
    return Answer(refunds.page(sandbox, wanted, Query.of(query), members))


def create_refund(sandbox: Sandbox, body: Json) -> Answer:
    refund = refunds.create(sandbox, refunds.NewRefund.from_json(sandbox, body))
    return Answer(refund.as_json(), 201)


# Mandates


def get_site_payment_mandates(sandbox: Sandbox, query: Asked, members: tuple[str, ...]) -> Answer:
    site = query["site_id"]
    ids = sandbox.ids(Mandate) if site is None else sandbox.ids(Mandate, site=site)
    return Answer(listing.page_of(sandbox, Mandate, ids, Query.of(query), members))


def create_site_payment_mandate(sandbox: Sandbox, server: Server, body: Json) -> Answer:
    mandate = mandates.request(sandbox, body, _page(sandbox, server, "mandate"))
    return Answer(mandate.as_json(), 201)


def get_payment_provider_mandate(
    sandbox: Sandbox,
    payment_method: str,
    mandate_reference: str,
    third_party_customer_reference: str | None = None,
    contract_owner_id: int | None = None,
) -> Answer:
    found = mandates.at_the_provider(
        sandbox,
        payment_method,
        mandate_reference,
        payer=third_party_customer_reference,
        owner=contract_owner_id,
    )
    return Answer(found)


# Customers


def get_customer_payments(sandbox: Sandbox, query: Asked, members: tuple[str, ...]) -> Answer:
    customer = query["customer_id"]
    customers.named(sandbox, customer, "customer_id", where="query")
    tests = customers.ledger_tests(
        text=query["filter"],
        kind=query["customer_payment_type"],
        debits=query["exclude_debits"],
        credits=query["exclude_credits"],
    )
    return Answer(customers.ledger_page(sandbox, customer, tests, Query.of(query), members))


def create_customer_payment(sandbox: Sandbox, body: Json) -> Answer:
    row = customers.pay(sandbox, customers.NewCustomerPayment.from_json(sandbox, body))
    return Answer(row.as_json())


def get_customer_payment(sandbox: Sandbox, customer_payment_id: int) -> Answer:
    return Answer(customers.get(sandbox, customer_payment_id).as_json())


def get_customer_balance(sandbox: Sandbox, customer_id: int) -> Answer:
    return Answer(customers.balance_json(sandbox, customer_id))


def create_customer_balance_adjustment(sandbox: Sandbox, body: Json) -> Answer:
    return Answer(customers.adjust(sandbox, body))


def get_customer_credit_status(sandbox: Sandbox, query: Asked, members: tuple[str, ...]) -> Answer:
    tests = {
        "customerId": listing.equals(listing.id_filter(query["customer_id"])),
        "percentageDifference": listing.number_filter(
            query["percentage_difference"], "percentageDifference"
        ),
    }
    items = listing.fitting(customers.credit_statuses(sandbox), tests)
    return Answer(listing.page(items, Query.of(query), members))


# Links and instant payments


def create_payment_provider_payment_link(sandbox: Sandbox, server: Server, body: Json) -> Answer:
    link = links.create(sandbox, body, _page(sandbox, server, "pay"))
    return Answer(link.as_json(), 201)


def get_instant_bank_payment_for_mandate(
    sandbox: Sandbox, mandate_reference: str, payment_method: str
) -> Answer:
    return Answer(links.of_mandate(sandbox, mandate_reference, payment_method))


# Outbound payments


def create_outbound_payment(sandbox: Sandbox, body: Json) -> Answer:
    return Answer(outbound.create(sandbox, body).as_json())


def get_outbound_payment(sandbox: Sandbox, outbound_payment_id: int) -> Answer:
    return Answer(outbound.get(sandbox, outbound_payment_id).as_json())


def update_outbound_payment(
    sandbox: Sandbox, outbound_payment_id: int, body: Json, check: Check
) -> Answer:
    patched = patching(body, members=outbound.MEMBERS, read_only=outbound.READ_ONLY, check=check)
    return Answer(outbound.update(sandbox, outbound_payment_id, patched).as_json())


# What they share


def _row(sandbox: Sandbox, type: type[Row], what: str, id: int) -> Answer:
    row = sandbox.find(type, id)
    if row is None:
        raise NotFoundError(what, id)
    return Answer(row.as_json())


def _invoice(body: Json) -> Subject:
    return Subject(refunds.INVOICE_TYPES[body["billRunType"]], body["invoiceId"])


def _page(sandbox: Sandbox, server: Server, what: str) -> str:
    """Where the payer's pages of this sandbox are: named by a digest that nobody can guess."""
    return f"{sandbox.origin}/{what}/{digest(server.links_key, sandbox.name)}"
