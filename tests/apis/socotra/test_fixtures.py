"""Fixtures: what was there before the first call, and has not happened."""

import pytest

from sandbox.provider.given import FinerAmountError, UnknownReferenceError

A, B, C, D, E, F, G = (f"0000000000NV0000000000000{letter}" for letter in "ABCDEFG")
ACC1 = "0000000000ACC0000000000001"
CREATED = "2026-05-30T12:00:00+00:00"


def given_payment(client, /, **fields):
    fields = {"ref": "may", "invoice": "a", "amount": "99.50", "created": CREATED, **fields}
    client.give(payments=[fields])
    [payment] = client.call("fetch_multiple_payments")["items"]
    return payment


def test_nothing_of_the_world_has_happened(socotra):
    names = {event.name for event in socotra.sandbox.state.events}

    assert all(name.endswith(".given") for name in names)
    assert (socotra.events(), len(socotra.sandbox.state.jobs)) == ([], 0)


@pytest.mark.parametrize(
    ("locator", "shown"),
    [
        (A, ("open", 100)),
        (B, ("open", 40)),
        (C, ("settled", 0)),
        (D, ("discarded", 30)),
        (G, ("open", 35)),
    ],
)
def test_the_invoices_of_the_world(socotra, locator, shown):
    assert socotra.owes(locator) == shown


def test_the_items_of_an_invoice_have_locators_of_their_own(socotra):
    items = socotra.invoice(A)["invoiceItems"] + socotra.invoice(G)["invoiceItems"]

    assert [item["amount"] for item in items] == [60, 40, 15, 20]
    assert [item["invoiceLocator"] for item in items] == [A, A, E, F]
    assert len({item["locator"] for item in items}) == 4
    assert {item["locator"][:10] for item in items} == {"0000000000"}


@pytest.mark.parametrize(
    ("status", "state", "entry"),
    [
        ("created", "executing", {"paymentRequestState": "pending"}),
        ("submitted", "executing", {"paymentRequestState": "pending", "transactionId": "PM"}),
        ("confirmed", "posted", {"paymentRequestState": "completed", "transactionId": "PM"}),
        ("paid_out", "posted", {"paymentRequestState": "completed", "transactionId": "PM"}),
        ("charged_back", "posted", {"paymentRequestState": "completed", "transactionId": "PM"}),
        ("failed", "failed", {"paymentRequestState": "failed", "transactionId": "PM"}),
        ("cancelled", "failed", {"paymentRequestState": "failed"}),
    ],
)
def test_a_given_payment_stands_as_its_status_says(socotra, status, state, entry):
    payment = given_payment(socotra, status=status)

    [attempt] = payment["executionLog"]
    shown = {key: attempt[key][:9] for key in entry} | (
        {"transactionId": attempt["transactionId"][:2]} if "transactionId" in entry else {}
    )
    assert payment["paymentState"] == state
    assert (payment["createdAt"], attempt["requestTime"]) == ("2026-05-30T12:00:00Z",) * 2
    assert shown == entry
    assert socotra.events() == []


def test_a_given_payment_that_was_collected_is_distributed(socotra):
    payment = given_payment(socotra, status="paid_out")

    credits = socotra.on(payment, "list_shortfall_credits")["items"]
    assert (payment["postedAt"], payment["remainingAmount"]) == ("2026-05-30T12:00:00Z", 0)
    assert socotra.owes(A) == ("settled", 0)
    assert [credit["amount"] for credit in credits] == [0.5]
    assert socotra.reversed(payment)["paymentState"] == "reversed"
    assert socotra.owes(A) == ("open", 100)


def test_what_is_given_late_stands_in_its_place_in_the_lists(socotra):
    """Its credit is older than one made before it was given."""
    socotra.posted(59.5, "0000000000NV0000000000000H")
    socotra.give(
        payments=[
            {
                "ref": "may",
                "invoice": "a",
                "amount": "99.50",
                "created": CREATED,
                "status": "paid_out",
            }
        ]
    )

    for listing in ("fetch_multiple_payments", "fetch_multiple_shortfall_credits"):
        found = [each["locator"] for each in socotra.call(listing)["items"]]
        assert len(found) == 2
        assert found == sorted(found)


def test_a_given_failure_says_why(socotra):
    payment = given_payment(socotra, status="failed", reason="refer_to_payer", mandate="acc1-bank")

    assert payment["executionLog"][0]["note"] == "refer_to_payer (ARUDD-0)"


def test_a_given_payment_goes_on_when_the_provider_does(socotra_with):
    rule = "{ when: payment.given, then: [{ status: submitted }, { status: confirmed }] }"
    socotra = socotra_with(f"rules:\n  - {rule}\n")
    payment = given_payment(socotra, status="created", socotra={"paymentNumber": "N-1"})

    socotra.run_until_idle()

    done = socotra.again(payment)
    assert (done["paymentState"], done["paymentNumber"]) == ("posted", "N-1")
    assert socotra.owes(A) == ("settled", 0)


def test_a_given_payment_can_say_its_targets(socotra):
    targets = [
        {"containerLocator": A, "containerType": "invoice", "amount": "60.00"},
        {"containerLocator": B, "containerType": "invoice"},
    ]

    given_payment(socotra, status="confirmed", socotra={"targets": targets})

    assert (socotra.owes(A), socotra.owes(B)) == (("open", 40), ("settled", 0))


def test_a_credit_balance_can_be_given_and_set_again(socotra):
    socotra.give(
        customers=[{"ref": "new", "id": 9, "api": "socotra"}],
        accounts=[
            {
                "ref": "acc9",
                "customer": "new",
                "currency": "KWD",
                "socotra": {"creditBalance": "1.005"},
            }
        ],
    )
    account = socotra.locators()["acc9"]

    socotra.set_balance(account, "0.5")

    found = socotra.ledger(account)
    assert (found["balance"], found["currency"]) == (0.5, "KWD")
    assert [(each["accountingType"], each["amount"]) for each in found["lineItems"]] == [
        ("credit", 1.005),
        ("debit", 0.505),
    ]


@pytest.mark.parametrize(
    ("kind", "fixture", "said"),
    [
        ("accounts", {"socotra": {"creditBalance": "0.005"}}, "socotra.creditBalance: 0.005"),
        (
            "invoices",
            {"amount": "1.00", "socotra": {"invoiceItems": [{"amount": "0.999"}]}},
            "socotra.invoiceItems: 0.999",
        ),
    ],
)
def test_a_block_with_an_amount_finer_than_its_currency_is_refused(socotra, kind, fixture, said):
    with pytest.raises(FinerAmountError, match=f"{kind}: {said} has more than 2 decimal places"):
        socotra.give(**{kind: [{"customer": "acme", "currency": "USD", **fixture}]})


def test_the_first_instrument_is_the_default_until_another_is_named(socotra):
    card = {"customer": "acme", "scheme": "card", "socotra": {"isDefault": True}}

    socotra.give(mandates=[{"ref": "best", **card}])

    found = socotra.call("list_financial_instruments", account=ACC1)["items"]
    defaults = [each["locator"] for each in found if each["isDefault"]]
    assert defaults == [socotra.locators()["best"]]


def test_an_aggregate_invoice_contains_only_what_there_is(socotra):
    whole = {"customer": "acme", "amount": "1.00", "socotra": {"containedInvoices": ["nothing"]}}
    before = socotra.sandbox.state

    with pytest.raises(UnknownReferenceError):
        socotra.give(invoices=[whole])

    assert socotra.sandbox.state is before


@pytest.mark.parametrize(
    ("kind", "fields", "block"),
    [
        ("accounts", {"currency": "USD"}, {"shortfallTolerancePlanName": "lavish"}),
        ("accounts", {"currency": "USD"}, {"paymentExecutionRetryPlanName": "often"}),
        ("mandates", {}, {"retryPlanName": "often"}),
        ("payments", {"amount": "1.00", "status": "created"}, {"type": "Barter"}),
    ],
)
def test_a_name_that_is_not_configured_is_refused(socotra, kind, fields, block):
    fixture = {"ref": "new", "customer": "acme", **fields, "socotra": block}

    with pytest.raises(UnknownReferenceError):
        socotra.give(**{kind: [fixture]})


def test_what_another_api_owns_is_unknown_here(socotra):
    socotra.give(
        customers=[{"ref": "theirs", "id": 9, "api": "backend"}],
        invoices=[{"ref": "their-due", "customer": "theirs", "amount": "1.00", "api": "backend"}],
        accounts=[{"ref": "their-account", "customer": "theirs", "api": "backend"}],
    )

    found = socotra.locators()
    assert (found["their-due"], found["their-account"]) == (None, None)


def test_the_locators_follow_from_the_seed(socotra_with):
    """The same seed and the same calls: the same locators. Another seed: others."""
    new = {"ref": "new", "customer": "acme", "amount": "1.00"}
    worlds = [socotra_with(""), socotra_with(""), socotra_with("  seed: 2\n")]

    found = []
    for socotra in worlds:
        socotra.give(invoices=[new])
        found.append((socotra.locators()["new"], socotra.create(1, A)["locator"]))

    assert found[0] == found[1]
    assert found[0][0] != found[2][0]
    assert found[0][1] != found[2][1]
