"""Adding, reversing, changing and deleting payments, as a client."""

import pytest

ALAN, GRACE = "123", "124"


def test_a_new_payment_says_where_it_is_and_shows_all_ten_fields(backend):
    body = {
        "ourReference": "BANK-0042",
        "customerReference": "INV C12345/123",
        "paymentDate": "2026-11-20",
        "paymentAmount": "120.00",
        "paymentMethod": "Bank Transfer",
        "invoiceID": None,
    }

    answer = backend.ask("POST", "/backend/api/v1/customers/123/payments/", body)

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/backend/api/v1/payments/1"
    unset = {"paymentReversedDate": None, "invoiceIDReversed": None}
    assert answer.json() == body | unset | {"id": "1", "status": []}
    assert backend.get("1") == answer.json()


def test_the_location_leads_there_for_a_client_whose_sandbox_is_in_the_path(backend):
    answer = backend.ask(
        "POST", "/s/worlds/backend/api/v1/customers/123/payments", {"paymentAmount": 1}
    )

    assert answer.headers["Location"] == "/s/worlds/backend/api/v1/payments/1"
    assert backend.ask("GET", answer.headers["Location"]).json() == answer.json()


@pytest.mark.parametrize(("customer", "method"), [(ALAN, "Direct Debit"), (GRACE, "Bank Transfer")])
def test_what_a_new_payment_leaves_out_is_today_and_the_customers_default(
    backend, customer, method
):
    backend.advance("15 hours")

    payment = backend.add(customer, paymentMethod=None)

    assert (payment["paymentDate"], payment["paymentMethod"]) == ("2026-06-02", method)


AMOUNTS = [
    ("12", "12.00"),
    ("12.5", "12.50"),
    ("-0.01", "-0.01"),
    (12, "12.00"),
    (12.5, "12.50"),
    (-12.05, "-12.05"),
    (19.99, "19.99"),
    (0.1, "0.10"),
    ("007.70", "7.70"),
    ("999999999999.99", "999999999999.99"),
    (-999999999999.99, "-999999999999.99"),
]


@pytest.mark.parametrize(("sent", "shown"), AMOUNTS, ids=repr)
def test_an_amount_is_kept_to_the_penny(backend, sent, shown):
    payment = backend.add(GRACE, sent)

    assert payment["paymentAmount"] == shown


@pytest.mark.parametrize("id", ["123", 123], ids=repr)
def test_an_invoice_may_be_named_by_text_or_number(backend, id):
    assert backend.add(ALAN, invoiceID=id)["invoiceID"] == "123"


# Reversing


def test_a_reversed_payment_stays_visible_and_leaves_the_plain_list(backend):
    backend.record()

    reversed_ = backend.change("1", paymentReversedDate="2026-06-23")

    assert (reversed_["status"], reversed_["paymentReversedDate"]) == (["Reversed"], "2026-06-23")
    assert backend.get("1") == reversed_
    assert backend.listed() == []
    assert backend.listed("reversed") == backend.listed("includeReversed=true") == ["1"]


def test_reinstating_clears_what_the_reversal_brought(backend):
    payment = backend.add(GRACE)
    backend.change("1", paymentReversedDate="2026-06-01", invoiceIDReversed="124")

    reinstated = backend.change("1", paymentReversedDate=None)

    assert reinstated == payment
    assert backend.listed(reinstatedSince="2026-06-01T09:00:00Z") == ["1"]
    assert backend.listed(reversedSince="2026-06-01") == []


def test_a_flip_flop_counts_by_its_latest_moments(backend):
    backend.record()
    backend.change("1", paymentReversedDate="2026-06-01")
    backend.advance("1 day")
    backend.change("1", paymentReversedDate=None)
    backend.advance("1 day")

    backend.change("1", paymentReversedDate="2026-06-02")

    assert backend.listed(reversedSince="2026-06-03T09:00:00Z") == ["1"]
    assert backend.listed(reinstatedSince="2026-06-01") == []
    assert backend.listed("includeReversed", reinstatedSince="2026-06-01") == []


def test_correcting_the_date_of_a_reversal_does_not_move_its_moment(backend):
    backend.record()
    backend.change("1", paymentReversedDate="2026-06-01")
    backend.advance("1 day")

    corrected = backend.change("1", paymentReversedDate="2026-06-05")

    assert corrected["paymentReversedDate"] == "2026-06-05"
    assert backend.listed(minReversedDate="2026-06-05") == ["1"]
    assert backend.listed(reversedSince="2026-06-01T09:00:00Z") == ["1"]
    assert backend.listed(reversedSince="2026-06-01T09:00:01Z") == []
    assert backend.listed("reversed", updatedSince="2026-06-02T09:00:00Z") == ["1"]


NO_CHANGES = [{}, {"paymentReversedDate": None}, {"paymentAmount": 120}, {"invoiceID": None}]


@pytest.mark.parametrize("fields", NO_CHANGES, ids=str)
def test_what_a_payment_has_already_is_no_change(backend, fields):
    payment = backend.add(GRACE)
    backend.advance("1 day")

    unchanged = backend.change("1", **fields)

    assert unchanged == payment
    assert backend.listed(updatedSince="2026-06-01T09:00:01Z") == []
    assert backend.listed(reinstatedSince="2026-06-01") == []


def test_the_day_and_the_moment_of_a_reversal_disagree_across_midnight(backend):
    """Reversed at 00:30 on the second as of the first: the day finds it, the moment does not."""
    backend.record()
    backend.advance("930 minutes")

    backend.change("1", paymentReversedDate="2026-06-01")

    assert backend.listed(maxReversedDate="2026-06-01") == ["1"]
    assert backend.listed(minReversedDate="2026-06-02") == []
    assert backend.listed(reversedSince="2026-06-02") == ["1"]
    assert backend.listed(reversedSince="2026-06-02T00:30:01Z") == []


# Changing


def test_a_change_merges_what_it_names_and_clears_what_is_null(backend):
    payment = backend.add(GRACE, ourReference="A", customerReference="B", invoiceID="124")

    changed = backend.change(
        "1",
        ourReference=None,
        paymentAmount=-5,
        paymentDate="2026-05-01",
        paymentMethod="Postal Order",
    )

    assert changed == payment | {
        "ourReference": None,
        "paymentAmount": "-5.00",
        "paymentDate": "2026-05-01",
        "paymentMethod": "Postal Order",
    }


def test_the_last_write_wins(backend):
    backend.record()

    backend.change("1", customerReference="first")

    assert backend.change("1", customerReference="second")["customerReference"] == "second"


# Deleting


def test_a_deleted_payment_is_gone_and_its_id_is_never_used_again(backend):
    first, second = backend.record(), backend.record()

    answer = backend.ask("DELETE", f"/backend/api/v1/payments/{second}")

    assert (answer.status_code, answer.content) == (204, b"")
    gone = (404, {"code": "not_found", "message": "there is no payment 2"})
    assert backend.refused("GET", "/payments/2") == gone
    assert backend.refused("PATCH", "/payments/2", {}) == gone
    assert backend.refused("DELETE", "/payments/2") == gone
    assert backend.refused("GET", "/payments/2/directDebitPayments") == gone
    assert backend.refused("GET", "/payments/2/paymentCardPayments/") == gone
    assert backend.listed("includeReversed") == [first]
    assert backend.record() == "3"


def test_a_payment_that_is_being_collected_cannot_be_deleted(backend):
    backend.add()

    status, error = backend.refused("DELETE", "/payments/1")

    assert status == 409
    assert error == {"code": "conflict", "message": "the collection of payment 1 is pending"}


def test_a_notice_about_a_deleted_payment_changes_nothing(backend):
    backend.add(paymentMethod="Credit Card")
    backend.advance("1 minute")
    backend.told("DELETE", "/payments/1")

    happened = backend.advance("5 working days")

    assert happened == ["payment.paid_out"]
    assert backend.listed("includeReversed") == []
    assert backend.tell("GET", "/resources/payment/1")["status"] == "paid_out"


# Lists


def test_a_customers_list_has_that_customers_payments_and_an_empty_one_is_no_404(backend):
    backend.record()

    assert backend.told("GET", "/customers/124/payments/") == [backend.get("1")]
    assert backend.told("GET", "/customers/123/payments") == []


def test_paging_by_id_loses_nothing_while_payments_are_added(backend):
    added = [backend.record() for _ in range(5)]
    seen = []

    while page := backend.listed(limit=2, idAfter=seen[-1] if seen else 0):
        seen += page
        if len(added) < 9:
            added.append(backend.record())

    assert seen == added


def test_ids_rise_from_the_highest_that_was_given(backend):
    backend.use("""
scenario: old-payments
version: 1
given:
  resources:
    customers: [{ ref: eve, id: 7, name: Eve }]
    mandates: [{ customer: eve }]
    payments: [{ id: 5011, customer: eve, amount: "1.00", status: paid_out }]
""")

    payment = backend.add("7", paymentMethod="Cheque")

    assert payment["id"] == "5012"
    assert backend.listed(idAfter=5011) == ["5012"]


def test_ids_are_ordered_as_numbers(backend):
    added = [backend.record() for _ in range(11)]

    assert backend.listed() == added
    assert backend.listed(idAfter=9) == ["10", "11"]
    assert backend.listed(limit=3, offset=8) == ["9", "10", "11"]
    assert backend.listed(offset=10**30) == []


def test_a_list_has_a_hundred_payments_unless_it_is_asked_for_more(backend):
    for _ in range(101):
        backend.record()

    assert len(backend.listed()) == 100
    assert len(backend.listed(limit=1000)) == 101


def test_attempts_are_paged_and_filtered_as_payments_are(backend):
    backend.use("""
scenario: never-works
version: 1
timelines:
  fails:
    - { status: submitted }
    - { status: failed, reason: refer_to_payer }
    - { emit: payment.resubmission_requested }
  fails_again:
    - { after: 1 day, status: submitted }
    - { status: failed, reason: refer_to_payer }
    - { emit: payment.resubmission_requested }
rules:
  - { when: payment.created, then: [{ use: fails }] }
  - { when: payment.resubmission_requested, nth: 1-2, then: [{ use: fails_again }] }
""")
    backend.add()
    backend.advance("2 days")

    def asked(**query):
        found = backend.told("GET", "/payments/1/directDebitPayments", params=query)
        return [attempt["id"] for attempt in found]

    assert asked() == ["1", "2", "3", "4"]
    assert asked(limit=2, offset=1) == ["2", "3"]
    assert asked(idAfter=2) == ["3", "4"]
    assert asked(createdSince="2026-06-02T09:00:00Z") == ["3", "4"]
    assert asked(updatedSince="2026-06-02T09:00:00Z") == ["2", "3", "4"]


# Configuration


def test_a_payment_type_of_the_scenarios_collects_as_it_says(backend):
    backend.use("""
scenario: own-types
version: 1
given:
  config:
    backend:
      paymentTypes:
        Monthly Plan: { collects: bacs }
        Cheque: { availability: Historic }
""")

    payment = backend.add(paymentMethod="Monthly Plan")

    assert payment["status"] == ["Collection Pending"]
    assert backend.add(paymentMethod="Bank Transfer")["status"] == []
    body = {"paymentAmount": 1, "paymentMethod": "Cheque"}
    assert backend.refused("POST", "/customers/123/payments", body)[0] == 400


DEFAULTS = [
    ("[{ customer: eve }, { customer: eve, scheme: card }]", "Direct Debit"),
    ("[{ customer: eve, scheme: card }, { customer: eve }]", "Credit Card"),
    ("[{ customer: eve, api: elevate }]", "Bank Transfer"),
]


@pytest.mark.parametrize(("mandates", "method"), DEFAULTS)
def test_the_default_method_follows_the_customers_first_mandate(backend, mandates, method):
    backend.use(f"""
scenario: no-default
version: 1
given:
  resources:
    customers: [{{ ref: eve, id: 7, name: Eve }}]
    mandates: {mandates}
""")

    assert backend.add("7")["paymentMethod"] == method
