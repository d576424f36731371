"""Stories of collections: what the provider does, and what this API shows of it."""

import pytest

FAILS_LATE = (
    "use: bacs_existing_mandate",
    'after: 1 working day, at: "12:00", status: failed, reason: refer_to_payer',
)
TRIED_AGAIN = (
    "status: submitted",
    "after: 1 day, status: failed, reason: refer_to_payer",
    "after: 1 day, emit: payment.resubmission_requested",
)


def test_a_payment_is_pending_from_the_start_and_collected_four_working_days_later(backend):
    payment = backend.add(invoiceID="123")
    assert payment == {
        "id": "1",
        "ourReference": None,
        "customerReference": None,
        "paymentDate": "2026-06-01",
        "paymentReversedDate": None,
        "status": ["Collection Pending"],
        "paymentAmount": "120.00",
        "paymentMethod": "Direct Debit",
        "invoiceID": "123",
        "invoiceIDReversed": None,
    }

    happened = backend.advance("6 working days")

    assert happened == ["payment.submitted", "payment.confirmed", "payment.paid_out"]
    assert backend.get("1") == payment | {"status": ["Collected"]}


def test_an_attempt_shows_what_the_provider_says_as_it_says_it(backend):
    backend.add(ourReference="BANK-0042", customerReference="INV 7")
    own = {"ourReference": "BANK-0042", "customerReference": "INV 7"}
    assert backend.shown() == [backend.attempt(**own)]

    backend.advance("2 working days")
    submitted = backend.shown()
    backend.advance("4 working days")

    own |= {"collectionDate": "2026-06-04"}
    assert submitted == [backend.attempt(**own, providerStatus="submitted")]
    taken = {"status": "Taken", "directDebitPaymentTakenStamp": "2026-06-05"}
    assert backend.shown() == [backend.attempt(**own, **taken, providerStatus="paid_out")]


def test_collected_since_matches_once_the_platform_has_heard(backend):
    backend.add()

    before = backend.listed(collectedSince="2026-06-01")
    backend.advance("5 working days")

    assert before == []
    assert backend.listed(collectedSince="2026-06-05T11:00:00Z") == ["1"]
    assert backend.listed(collectedSince="2026-06-05T11:00:01Z") == []


def test_an_instant_collection_is_collected_in_the_moment_of_its_creation(backend):
    backend.use_steps("status: submitted", "status: confirmed")

    backend.add()

    assert backend.get("1")["status"] == ["Collected"]
    assert backend.listed(createdSince="2026-06-01T09:00Z", collectedSince="2026-06-01T09:00Z") == [
        "1"
    ]
    assert backend.listed(collectedSince="2026-06-01T09:00:00.000001Z") == []


def test_a_payment_that_nobody_moves_stays_pending(backend):
    backend.use_steps()
    backend.add()

    backend.advance("30 days")

    assert backend.get("1")["status"] == ["Collection Pending"]


def test_a_failed_collection_reverses_the_payment_and_says_why(backend):
    backend.use_steps(
        "status: submitted", "after: 3 working days, status: failed, reason: refer_to_payer"
    )
    payment = backend.add()

    backend.advance("3 working days")

    failed = {"status": ["Collection Failed", "Reversed"], "paymentReversedDate": "2026-06-04"}
    assert backend.get("1") == payment | failed
    assert backend.listed() == []
    assert backend.listed(reversedSince="2026-06-04T09:00:00Z") == ["1"]
    assert backend.shown() == [
        backend.attempt(
            collectionDate="2026-06-03",
            status="Failed",
            directDebitPaymentFailedStamp="2026-06-04",
            providerStatus="failed",
            providerStatusDetail="refer_to_payer (ARUDD-0)",
        )
    ]


def test_a_late_failure_reverses_what_was_collected(backend):
    backend.use_steps(*FAILS_LATE)
    payment = backend.add()

    happened = backend.advance("7 working days")

    assert happened == [
        "payment.submitted",
        "payment.confirmed",
        "payment.paid_out",
        "payment.late_failure",
    ]
    taken_back = {"status": ["Collected", "Reversed"], "paymentReversedDate": "2026-06-09"}
    assert backend.get("1") == payment | taken_back
    assert backend.shown() == [
        backend.attempt(
            collectionDate="2026-06-04",
            status="Failed",
            directDebitPaymentTakenStamp="2026-06-05",
            directDebitPaymentFailedStamp="2026-06-09",
            providerStatus="failed",
            providerStatusDetail="refer_to_payer (ARUDD-0)",
        )
    ]


def test_a_cancelled_collection_leaves_the_payment_valid(backend):
    backend.use_steps()
    payment = backend.add()
    move = {"to": "cancelled", "reason": "payment_cancelled"}

    backend.tell("POST", "/resources/payment/1/moves", move)

    assert backend.get("1") == payment | {"status": ["Collection Cancelled"]}
    assert backend.listed() == ["1"]
    assert backend.listed(cancelledSince="2026-06-01T09:00:00Z") == ["1"]
    assert backend.shown() == [
        backend.attempt(
            status="Cancelled",
            providerStatus="cancelled",
            providerStatusDetail="payment_cancelled",
        )
    ]


def test_a_retry_is_another_attempt_and_reinstates_what_the_failure_reversed(backend):
    backend.use_steps(*TRIED_AGAIN)
    payment = backend.add()

    backend.advance("2 days")

    assert backend.get("1") == payment
    assert backend.listed(reinstatedSince="2026-06-03T09:00:00Z") == ["1"]
    again = backend.attempt(
        id="2",
        directDebitPaymentSetupStamp="2026-06-03",
        providerStatus="resubmission_requested",
    )
    assert backend.shown()[1:] == [again]
    backend.advance("6 working days")
    assert backend.get("1")["status"] == ["Collected"]
    assert [each["status"] for each in backend.shown()] == ["Failed", "Taken"]


def test_a_withdrawn_claim_reinstates_what_the_chargeback_reversed(backend):
    backend.use_steps(
        "status: submitted",
        "status: confirmed",
        "after: 1 day, status: charged_back, reason: authorisation_disputed",
        "after: 1 day, status: paid_out, as: payment.chargeback_cancelled",
    )
    backend.add()

    backend.advance("1 day")
    charged_back = backend.get("1")
    backend.advance("1 day")

    assert charged_back["status"] == ["Collected", "Reversed"]
    assert charged_back["paymentReversedDate"] == "2026-06-02"
    assert backend.get("1")["status"] == ["Collected"]
    assert backend.listed(reinstatedSince="2026-06-03T09:00:00Z") == ["1"]
    assert [each["status"] for each in backend.shown()] == ["Taken"]


def test_a_reversal_of_the_clients_own_outlives_failure_and_retry(backend):
    backend.use_steps(
        "status: submitted",
        "after: 2 days, status: failed, reason: refer_to_payer",
        "after: 1 day, emit: payment.resubmission_requested",
    )
    backend.add()
    backend.advance("1 day")
    backend.change("1", paymentReversedDate="2026-06-02")

    backend.advance("1 day")
    failed = backend.get("1")
    backend.advance("1 day")

    assert failed["status"] == ["Collection Failed", "Reversed"]
    assert failed["paymentReversedDate"] == "2026-06-02"
    assert backend.listed(reversedSince="2026-06-02T09:00:01Z") == []
    assert backend.get("1")["status"] == ["Collection Pending", "Reversed"]


FALLEN = """
scenario: fallen
version: 1
given:
  resources:
    customers: [{ ref: eve, id: 7, name: Eve }]
    mandates: [{ ref: eve-bacs, customer: eve, status: STATUS }]
"""


@pytest.mark.parametrize("status", ["failed", "cancelled", "expired", "blocked", "suspended"])
def test_a_fallen_mandate_does_not_refuse_the_call_but_reverses_the_payment(backend, status):
    backend.use(FALLEN.replace("STATUS", status))

    payment = backend.add("7")

    assert payment["status"] == ["Collection Failed", "Reversed"]
    assert payment["paymentReversedDate"] == "2026-06-01"
    assert backend.attempts("1") == [
        backend.attempt(
            status="Failed",
            directDebitPaymentFailedStamp="2026-06-01",
            providerStatus="failed",
            providerStatusDetail=f"mandate_{status}",
        )
        | {"providerPaymentReference": None}
    ]
    assert backend.listed(reversedSince="2026-06-01T09:00:00Z") == ["1"]
    assert backend.tell("GET", "/resources/payment")["items"] == []


def test_a_payment_waits_for_a_mandate_that_is_not_yet_active(backend):
    backend.use(FALLEN.replace("STATUS", "submitted"))
    payment = backend.add("7")

    backend.advance("20 days")
    waiting = backend.get("1")["status"]
    backend.tell("POST", "/resources/mandate/1/moves", {"to": "active"})
    happened = backend.advance("6 working days")

    assert payment["status"] == waiting == ["Collection Pending"]
    assert happened == ["payment.submitted", "payment.confirmed", "payment.paid_out"]
    assert backend.get("1")["status"] == ["Collected"]


def test_a_mandate_that_falls_cancels_the_collection_that_waits_for_it(backend):
    backend.use(FALLEN.replace("STATUS", "submitted"))
    backend.add("7")
    move = {"to": "failed", "reason": "bank_account_closed"}

    backend.tell("POST", "/resources/mandate/1/moves", move)

    assert backend.get("1")["status"] == ["Collection Cancelled"]
    (only,) = backend.shown()
    assert only["providerStatusDetail"] == "bank_account_closed (ARUDD-B)"


def test_a_card_payment_is_taken_within_a_minute_and_listed_among_card_payments(backend):
    backend.add(paymentMethod="Credit Card", ourReference="CARD-1")

    backend.advance("1 minute")

    assert backend.attempts("1") == []
    (taken,) = backend.attempts("1", "paymentCard")
    assert taken.pop("providerTransaction").startswith("PM")
    assert taken == {
        "ourReference": "CARD-1",
        "customerReference": None,
        "paymentCardID": "2",
        "paymentCardRun": None,
        "paymentCardPaymentAmount": "120.00",
        "status": "Taken",
        "paymentCardPaymentSetupStamp": "2026-06-01",
        "paymentCardPaymentTakenStamp": "2026-06-01",
        "providerStatus": "confirmed",
        "providerStatusDetail": None,
        "providerKey": None,
        "providerAuthorisationCode": None,
        "id": "1",
    }


NOTHING_TO_COLLECT = [
    ("123", {"paymentMethod": "Cheque"}),
    ("123", {"paymentAmount": "-12.50"}),
    ("124", {}),
    ("124", {"paymentMethod": "Direct Debit"}),
]


@pytest.mark.parametrize(("customer", "fields"), NOTHING_TO_COLLECT, ids=str)
def test_what_is_not_collected_is_a_record_that_the_provider_knows_nothing_of(
    backend, customer, fields
):
    payment = backend.told(
        "POST", f"/customers/{customer}/payments", {"paymentAmount": "5", **fields}
    )

    assert payment["status"] == []
    assert backend.attempts("1") == backend.attempts("1", "paymentCard") == []
    assert backend.tell("GET", "/resources/payment")["items"] == []


def test_the_account_with_the_highest_priority_is_collected_from(backend):
    backend.use("""
scenario: three-accounts
version: 1
given:
  resources:
    customers: [{ ref: eve, id: 7, name: Eve }]
    mandates:
      - { ref: third, customer: eve, backend: { directDebitAccountPriority: 3 } }
      - { ref: first, customer: eve, backend: { directDebitAccountPriority: 1 } }
      - { ref: card, customer: eve, scheme: card }
      - { ref: fourth, customer: eve }
""")

    backend.add("7")

    assert backend.shown() == [backend.attempt(directDebitAccountID="2")]


def test_a_change_of_the_amount_does_not_change_what_is_collected(backend):
    backend.add()

    changed = backend.change("1", paymentAmount="99")

    assert changed["paymentAmount"] == "99.00"
    assert backend.shown() == [backend.attempt()]


def test_a_payment_that_a_scenario_creates_is_put_on_the_books(backend):
    backend.use_steps(
        'after: 1 day, create: payment, with: { amount: "60.00", reference: second }',
        match="{ reference: first }",
    )
    backend.add(ourReference="first", invoiceID="123")

    backend.advance("1 day")

    second = backend.get("2")
    assert second == backend.get("1") | {
        "id": "2",
        "ourReference": "second",
        "paymentDate": "2026-06-02",
        "paymentAmount": "60.00",
        "invoiceID": second["invoiceID"],
    }
    assert backend.shown("2") == [
        backend.attempt(
            id="2",
            ourReference="second",
            directDebitPaymentAmount="60.00",
            directDebitPaymentSetupStamp="2026-06-02",
        )
    ]


def test_a_field_that_a_scenario_sets_shows_in_payment_and_attempt(backend):
    backend.use_steps("after: 1 day, set: { reference: NEW }")
    backend.add(ourReference="OLD", customerReference="hers")
    backend.change("1", customerReference="still hers")

    backend.advance("1 day")

    assert backend.get("1")["ourReference"] == "NEW"
    assert backend.get("1")["customerReference"] == "still hers"
    assert backend.shown() == [backend.attempt(ourReference="NEW", customerReference="hers")]
