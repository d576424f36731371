"""Scenarios' words in Socotra's own."""

import pytest

from sandbox.apis import Call
from sandbox.apis.socotra import canonical
from sandbox.provider.fixtures import Account, Customer, Invoice
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment

TENANT = "50c07a00-0000-4000-8000-000000000001"
A = "0000000000NV0000000000000A"


def played(socotra, operation, **fields):
    """The calls of a canonical operation, made, as a rehearsal does."""
    calls, made = canonical.calls(socotra.sandbox, operation, fields), []
    try:
        call = next(calls)
        while True:
            made.append(call)
            call = calls.send(answer_to(socotra, call))
    except StopIteration:
        return made


def answer_to(socotra, call):
    names = {
        "createPayment": "create_payment",
        "validatePayment": "validate_payment",
        "executePayment": "execute_payment",
        "cancelPayment": "cancel_payment",
    }
    if call.operation not in names:
        return None
    body = {"body": call.body} if call.body else {}
    return socotra.call(names[call.operation], locator=call.path.get("locator"), **body)


def test_a_payment_is_drafted_validated_and_requested(socotra):
    create, *rest = played(
        socotra, "payments.create", invoice="a", amount="99.50", reference="sc:1"
    )

    [payment] = socotra.call("fetch_multiple_payments")["items"]
    path = {"tenantLocator": TENANT, "locator": payment["locator"]}
    assert create == Call(
        "createPayment",
        path={"tenantLocator": TENANT},
        body={
            "type": "StandardPayment",
            "amount": 99.5,
            "targets": [{"containerLocator": A, "containerType": "invoice"}],
            "transactionNumber": "sc:1",
        },
    )
    assert rest == [Call("validatePayment", path=path), Call("executePayment", path=path)]
    assert payment["paymentState"] == "executing"


def test_a_create_that_fails_is_the_last_call(socotra):
    calls = canonical.calls(socotra.sandbox, "payments.create", {"invoice": "a", "amount": "1"})
    next(calls)

    with pytest.raises(StopIteration):
        calls.send({"errorCode": 990503})


def test_a_draft_is_called_so_until_the_provider_knows_it(socotra):
    draft = socotra.create(1, A)
    path = {"tenantLocator": TENANT, "locator": draft["locator"]}
    as_draft = played(socotra, "payments.get", payment="draft-1")

    socotra.on(draft, "validate_payment")
    socotra.on(draft, "execute_payment")

    assert as_draft == [Call("fetchPayment", path=path)]
    assert played(socotra, "payments.get", payment="payment-1") == as_draft


def test_lists_by_invoice_by_customer_and_of_all(socotra):
    path = {"tenantLocator": TENANT}

    assert played(socotra, "payments.list", invoice="a") == [
        Call("fetchPaymentsForAnInvoice", path={**path, "locator": A})
    ]
    assert played(socotra, "payments.list", customer="acme") == [
        Call(
            "fetchMultiplePayments",
            path=path,
            query={"accountLocator": "0000000000ACC0000000000001"},
        )
    ]
    assert played(socotra, "payments.list") == [Call("fetchMultiplePayments", path=path)]


@pytest.mark.parametrize(
    ("operation", "fields", "why"),
    [
        ("refunds.create", {}, "Socotra has no refunds.create"),
        ("payments.create", {"invoice": "a"}, "amount is needed"),
        ("payments.create", {"amount": "1.00"}, "invoice is needed"),
        ("payments.create", {"amount": "1.00", "invoice": "z"}, "there is no invoice z"),
        ("payments.cancel", {"payment": "payment-7"}, "there is no payment payment-7"),
    ],
)
def test_words_that_make_no_call(socotra, operation, fields, why):
    with pytest.raises(LookupError) as error:
        list(canonical.calls(socotra.sandbox, operation, fields))

    assert error.value.args == (why,)


def test_how_an_id_looks(socotra):
    payment = socotra.requested(1, A)
    socotra.again(payment)

    def spelled(type, ref):
        return canonical.spelled(socotra.sandbox, socotra.sandbox.last(type, ref=ref))

    assert spelled(Payment, "payment-1") == payment["locator"]
    assert spelled(Mandate, "acc1-card") == "0000000000FN00000000000001"
    assert spelled(Invoice, "a") == A
    assert spelled(Account, "acc1") == "0000000000ACC0000000000001"
    assert spelled(Customer, "acme") is None


def test_what_is_shown_of_a_payment(socotra):
    payment = socotra.requested(1, A)
    [truth] = socotra.truths()

    assert canonical.view(socotra.sandbox, truth) == socotra.again(payment)
