"""Lists, filters, pages; and what one tenant sees of another."""

import pytest

A, B, C, D, E, F, G, H = (f"0000000000NV0000000000000{letter}" for letter in "ABCDEFGH")
ACC1, ACC2 = "0000000000ACC0000000000001", "0000000000ACC0000000000002"
OTHER = "50c07a00-0000-4000-8000-000000000002"
NOWHERE = "01KT16JKM0000000000N0WHERE"


def locators(page):
    return [each["locator"] for each in page["items"]]


def payments(socotra, **query):
    return socotra.call("fetch_multiple_payments", **query)


def test_payments_come_by_ascending_locator_page_by_page(socotra):
    made = []
    for _ in range(5):
        made.append(socotra.create(1, A)["locator"])
        socotra.advance("1 second")

    pages = [payments(socotra, offset=offset, count=2) for offset in (0, 2, 4, 6)]

    assert made == sorted(made)
    assert [locators(page) for page in pages] == [made[:2], made[2:4], made[4:], []]
    assert [page["listCompleted"] for page in pages] == [False, False, True, True]


def test_a_last_page_that_is_full_is_complete(socotra):
    socotra.create(1, A)

    assert payments(socotra, count=1)["listCompleted"] is True


def test_filters_combine_with_and(socotra):
    one, two = socotra.create(1, A), socotra.create(1, A, B)
    three, four = socotra.create(1, H), socotra.create(1, accountLocator=ACC1)

    def found(**query):
        return locators(payments(socotra, **query))

    assert found(target_container_locator=A) == [one["locator"], two["locator"]]
    assert found(target_container_locator=B.lower()) == [two["locator"]]
    assert found(account_locator=ACC1.lower()) == [each["locator"] for each in (one, two, four)]
    assert found(account_locator=ACC2, target_container_locator=H) == [three["locator"]]
    assert found(account_locator=ACC2, target_container_locator=A) == []
    assert found(account_locator=NOWHERE) == []


def test_a_filter_follows_a_changed_draft(socotra):
    draft = socotra.create(1, A)
    target = {"containerLocator": H, "containerType": "invoice"}

    socotra.on(draft, "update_payment", body={"removeTargets": [A], "addTargets": [target]})

    assert locators(payments(socotra, target_container_locator=A)) == []
    assert locators(payments(socotra, target_container_locator=H)) == [draft["locator"]]
    assert locators(payments(socotra, account_locator=ACC2)) == [draft["locator"]]


def test_the_payments_of_an_invoice(socotra):
    draft = socotra.create(1, A)
    discarded = socotra.on(socotra.create(1, A), "discard_payment")
    reversed = socotra.reversed(socotra.posted(1, A))

    hidden = socotra.call("fetch_payments_for_an_invoice", locator=A)
    shown = socotra.call("fetch_payments_for_an_invoice", locator=A, include_reversed=True)

    assert locators(hidden) == [draft["locator"]]
    assert locators(shown) == [draft["locator"], reversed["locator"]]
    assert discarded["paymentState"] == "discarded"


def test_the_invoices_of_a_payment(socotra):
    payment = socotra.reversed(socotra.posted(1, B, A))

    hidden = socotra.on(payment, "fetch_invoices_targeted_by_a_payment")
    shown = socotra.on(payment, "fetch_invoices_targeted_by_a_payment", include_reversed=True)

    assert (locators(hidden), locators(shown)) == ([], [A, B])
    assert "invoiceItems" not in shown["items"][0]


def test_the_invoices_of_an_account(socotra):
    socotra.give(invoices=[{"ref": "nothing", "customer": "acme", "amount": "0.00"}])
    nothing = socotra.locators()["nothing"]

    def found(**query):
        query = {"account_locator": ACC1, "include_zero_amount_invoices": False, **query}
        return locators(socotra.call("fetch_invoices_for_account", **query))

    assert found() == [A, B, C, D, E, F, G]
    assert found(include_zero_amount_invoices=True) == sorted([nothing, A, B, C, D, E, F, G])
    assert socotra.refused("fetch_invoices_for_account", account_locator=NOWHERE) == (
        404,
        990404,
        f"account {NOWHERE} does not exist",
    )


def test_shortfall_credits_of_an_account(socotra):
    short = socotra.posted(99.5, A)
    other = socotra.posted(59.5, H)

    def found(**query):
        return locators(socotra.call("fetch_multiple_shortfall_credits", **query))

    assert found(account_locator=ACC1) == short["shortfallCreditLocators"]
    assert found() == short["shortfallCreditLocators"] + other["shortfallCreditLocators"]
    credit = socotra.call("fetch_shortfall_credit", locator=found()[0])
    assert (credit["amount"], credit["parentCreditLocator"]) == (0.5, short["locator"])


def test_instruments(socotra):
    page = socotra.call("list_financial_instruments", account=ACC1)

    assert [each["locator"][-1] for each in page["items"]] == ["1", "2", "3", "4"]
    assert page["items"][0] == {
        "locator": "0000000000FN00000000000001",
        "isDefault": True,
        "accountLocator": ACC1,
        "instrumentType": "creditCard",
        "nickname": "Company card",
    }
    assert page["items"][3]["expirationTime"] == "2020-01-31T00:00:00Z"
    assert len(socotra.call("list_financial_instruments")["items"]) == 8


def test_the_ledger_keeps_credit_balances_only(socotra):
    answer = socotra.refused(
        "fetch_ledger_account", ref_type="cash", ref_locator=ACC1, currency=None, size=100
    )

    assert answer == (404, 990404, f"ledger account cash {ACC1} does not exist")


def test_the_ledger_shows_its_last_entries(socotra):
    for amount in (1, 2, 3):
        socotra.posted(amount, accountLocator=ACC1)

    asked = {"ref_type": "accountCreditBalance", "ref_locator": ACC1, "currency": None}
    found = socotra.call("fetch_ledger_account", size=2, **asked)

    assert (found["balance"], [each["amount"] for each in found["lineItems"]]) == (6, [2, 3])


def test_what_was_made_in_one_tenant_is_unknown_in_another(socotra):
    mine = socotra.create(1, A)
    socotra.call("set_payment_number", locator=mine["locator"], payment_number="N")

    assert socotra.refused("fetch_payment", mine, tenant=OTHER)[0] == 404
    assert payments(socotra, tenant=OTHER)["items"] == []
    assert socotra.call("fetch_payments_with_number", tenant=OTHER, payment_number="N") == []
    assert socotra.call("fetch_payments_for_an_invoice", tenant=OTHER, locator=A)["items"] == []
    assert socotra.events(tenant=OTHER) == []
    assert socotra.call("fetch_payment", tenant=socotra.tenant.upper(), locator=mine["locator"])


def test_a_fixture_is_visible_in_all_tenants_unless_it_names_one(socotra):
    socotra.give(
        invoices=[
            {
                "ref": "there",
                "customer": "acme",
                "amount": "1.00",
                "socotra": {"tenantLocator": OTHER},
            }
        ]
    )
    there = socotra.locators()["there"]

    assert socotra.call("get_invoice_with_items", tenant=OTHER, locator=A)
    assert socotra.call("get_invoice_with_items", tenant=OTHER, locator=there)
    assert socotra.refused("get_invoice_with_items", locator=there)[0] == 404


def test_charges_make_an_invoice_that_can_be_paid(socotra):
    body = {
        "charges": [
            {"amount": 25, "chargeType": "lateFee", "tag": "a"},
            {"amount": 0.5, "chargeType": "postage", "elementLocator": A.lower()},
        ]
    }

    late, postage = socotra.call("add_charges", account_locator=ACC1, body=body)

    [told] = socotra.events(type="billing.invoice.generate")
    invoice = socotra.invoice(told["data"]["invoiceLocator"])
    assert (late["elementLocator"], late["tag"], late["rate"]) == (ACC1, "a", 25)
    assert (postage["elementLocator"], postage["elementStaticLocator"]) == (A, ACC1)
    assert (invoice["totalAmount"], invoice["dueTime"]) == (25.5, "2026-06-15T09:00:00Z")
    assert [each["chargeCategory"] for each in invoice["invoiceItems"]] == ["fee", "fee"]
    socotra.posted(25.5, invoice["locator"])
    assert socotra.owes(invoice["locator"]) == ("settled", 0)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"charges": [{"amount": 1, "chargeType": "x"}], "invoicing": "next"},
            {"field": "invoicing", "reason": "next is not simulated, only immediate is"},
        ),
        (
            {"charges": [{"amount": 0, "chargeType": "x"}]},
            {"field": "charges[0].amount", "reason": "must be greater than 0"},
        ),
        (
            {"charges": [{"amount": 1.5, "chargeType": "x"}], "currency": "JPY"},
            {
                "field": "charges[0].amount",
                "reason": "has more than 0 decimal places, the most in JPY",
            },
        ),
        ({"charges": []}, {"field": "charges", "reason": "there must be at least one"}),
    ],
)
def test_a_charge_that_cannot_be_made(socotra, body, detail):
    assert socotra.unusable("add_charges", account_locator=ACC1, body=body) == [detail]


def test_the_details_of_an_invoice(socotra):
    socotra.posted(60, A)

    details = socotra.call("fetch_invoice_details", locator=A)

    [group] = details["invoiceSummaries"]
    assert [item["remainingAmount"] for item in group["invoiceItemSummaries"]] == [0, 40]
    assert (details["invoiceLocator"], details["totalRemainingAmount"]) == (A, 40)
