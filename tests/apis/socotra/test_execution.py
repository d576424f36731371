"""Execution: the provider decides, the retry plan says when it is asked again."""

import pytest

A = "0000000000NV0000000000000A"
H = "0000000000NV0000000000000H"
CARD = "0000000000FN00000000000001"
UNLINKED = "0000000000FN00000000000003"

DECLINES = """
timelines:
  declined:
    - { status: submitted }
    - { after: 30 seconds, status: failed, reason: insufficient_funds }
rules:
  - { name: first, when: payment.created, then: [{ use: declined }] }
  - { name: again, when: payment.resubmission_requested, nth: %s, then: [{ use: declined }] }
"""
ALWAYS = DECLINES % "1-"
FIRST_THREE = DECLINES % "1-2"
ONE_STEP = """
rules:
  - { name: decided, when: payment.created, then: [%s] }
"""
SUBMITTED = "{ status: submitted }, "


def log(payment):
    """The execution log: when, what, and why."""
    return [
        (entry["requestTime"], entry["paymentRequestState"], entry.get("note"))
        for entry in payment["executionLog"]
    ]


def test_a_request_hands_the_payment_to_the_provider(socotra):
    requested = socotra.requested(100, A)

    executing = socotra.again(requested)

    assert (requested["paymentState"], requested["executionLog"]) == ("requested", [])
    assert requested["nextRequestTime"] == "2026-06-01T09:00:00Z"
    assert (executing["paymentState"], "nextRequestTime" in executing) == ("executing", False)
    assert log(executing) == [("2026-06-01T09:00:00Z", "pending", None)]


def test_a_collected_payment_is_posted_and_distributed(socotra):
    requested = socotra.requested(100, A)

    happened = socotra.advance("1 minute")

    posted = socotra.again(requested)
    assert happened == ["payment.confirmed"]
    assert (posted["paymentState"], posted["postedAt"]) == ("posted", "2026-06-01T09:01:00Z")
    assert log(posted) == [("2026-06-01T09:00:00Z", "completed", None)]
    assert socotra.owes(A) == ("settled", 0)
    assert socotra.told() == [
        "payment.create",
        "payment.request",
        "payment.execute",
        "payment.post",
        "payment.distribute",
        "invoice.settle",
    ]


def test_the_cash_transaction_gets_the_providers_number(socotra):
    payment = socotra.requested(100, A, transactionNumber="CHQ-1", transactionMethod="wire")
    name = payment["externalCashTransactionLocator"]
    before = socotra.call("fetch_external_cash_transaction", locator=name)

    socotra.advance("1 minute")

    after = socotra.call("fetch_external_cash_transaction", locator=name)
    entry = socotra.again(payment)["executionLog"][0]
    assert before == {
        "locator": name,
        "transactionMethod": "wire",
        "financialInstrumentLocator": CARD,
        "transactionNumber": "CHQ-1",
    }
    assert after == {**before, "transactionNumber": entry["transactionId"]}


def test_three_declines_and_a_success_on_the_plans_clock(socotra_with):
    """The wait runs from the moment the failure is noticed: half a minute after each attempt."""
    socotra = socotra_with(FIRST_THREE)
    payment = socotra.requested(100, A, retryPlanName="Slow")

    socotra.run_until_idle()

    done = socotra.again(payment)
    assert done["paymentState"] == "posted"
    assert log(done) == [
        ("2026-06-01T09:00:00Z", "failed", "insufficient_funds (51)"),
        ("2026-06-02T09:00:30Z", "failed", "insufficient_funds (51)"),
        ("2026-06-04T09:01:00Z", "failed", "insufficient_funds (51)"),
        ("2026-06-06T09:01:30Z", "completed", None),
    ]
    assert len({entry["paymentRequestLocator"] for entry in done["executionLog"]}) == 4


def test_a_plan_that_is_exhausted_ends_in_failed(socotra_with):
    socotra = socotra_with(ALWAYS)
    payment = socotra.requested(100, A, retryPlanName="Slow")

    socotra.run_until_idle()

    done = socotra.again(payment)
    assert (done["paymentState"], "nextRequestTime" in done) == ("failed", False)
    assert [entry[:2] for entry in log(done)] == [
        ("2026-06-01T09:00:00Z", "failed"),
        ("2026-06-02T09:00:30Z", "failed"),
        ("2026-06-04T09:01:00Z", "failed"),
        ("2026-06-06T09:01:30Z", "failed"),
    ]
    assert socotra.told().count("payment.execute") == 4
    assert socotra.told()[-1] == "payment.fail"
    assert socotra.owes(A) == ("open", 100)


def test_between_two_attempts_the_payment_says_when_the_next_one_is(socotra_with):
    socotra = socotra_with(ALWAYS)
    payment = socotra.requested(100, A, retryPlanName="Quick")

    socotra.advance("30 seconds")

    waiting = socotra.again(payment)
    assert waiting["paymentState"] == "requested"
    assert waiting["nextRequestTime"] == "2026-06-01T10:00:30Z"


def test_without_a_plan_the_first_failure_is_the_last(socotra_with):
    socotra = socotra_with(ALWAYS)
    payment = socotra.requested(100, A)

    socotra.advance("30 seconds")

    assert socotra.again(payment)["paymentState"] == "failed"


PLANS = """
  config:
    socotra:
      retryPlans:
        OfThePayment: { attempts: 1, hoursBetweenAttempts: [1] }
        OfTheInstrument: { attempts: 1, hoursBetweenAttempts: [2] }
        OfTheAccount: { attempts: 1, hoursBetweenAttempts: ["3.5"] }
        OfTheTenant: { attempts: 1, hoursBetweenAttempts: [4] }
      tenants:
        50c07a00-0000-4000-8000-000000000002: { defaultRetryPlan: OfTheTenant }
"""


@pytest.mark.parametrize(
    ("terms", "instrument", "account", "hour"),
    [
        ("OfThePayment", "OfTheInstrument", "OfTheAccount", "10:00:30"),
        (None, "OfTheInstrument", "OfTheAccount", "11:00:30"),
        (None, None, "OfTheAccount", "12:30:30"),
        (None, None, None, "13:00:30"),
    ],
)
def test_the_nearest_retry_plan_counts(socotra_with, terms, instrument, account, hour):
    socotra = socotra_with(PLANS + ALWAYS)
    socotra.tenant = "50c07a00-0000-4000-8000-000000000002"
    card = {"retryPlanName": instrument} if instrument else {}
    plan = {"paymentExecutionRetryPlanName": account} if account else {}
    socotra.give(
        customers=[{"ref": "own", "id": 9, "api": "socotra"}],
        accounts=[{"ref": "acc9", "customer": "own", "currency": "USD", "socotra": plan}],
        mandates=[{"ref": "card9", "customer": "own", "scheme": "card", "socotra": card}],
        invoices=[{"ref": "due9", "customer": "own", "amount": "10.00"}],
    )
    named = {"retryPlanName": terms} if terms else {}
    payment = socotra.requested(10, socotra.locators()["due9"], **named)

    socotra.advance("30 seconds")

    assert socotra.again(payment)["nextRequestTime"] == f"2026-06-01T{hour}Z"


CONFIRMED = SUBMITTED + "{ status: confirmed }"
DECIDED = {
    SUBMITTED + "{ status: failed, reason: card_declined }": (
        "failed",
        "failed",
        "card_declined (05)",
    ),
    SUBMITTED + "{ status: failed, reason: provider_error }": ("failed", "error", "provider_error"),
    "{ status: cancelled, reason: other }": ("failed", "failed", "other"),
    "{ status: submitted }": ("executing", "pending", None),
    CONFIRMED: ("posted", "completed", None),
    CONFIRMED + ", { status: failed, reason: other }": ("posted", "completed", None),
    CONFIRMED + ", { status: charged_back }": ("posted", "completed", None),
    CONFIRMED + ", { status: paid_out }": ("posted", "completed", None),
}


@pytest.mark.parametrize(("steps", "shown"), DECIDED.items())
def test_what_the_provider_says_shows(socotra_with, steps, shown):
    socotra = socotra_with(ONE_STEP % steps)
    payment = socotra.requested(100, A)

    socotra.run_until_idle()

    done = socotra.again(payment)
    [entry] = done["executionLog"]
    state = done["paymentState"]
    assert (state, entry["paymentRequestState"], entry.get("note")) == shown


def test_a_cancellation_by_the_provider_ends_it_whatever_the_plan_has_left(socotra_with):
    socotra = socotra_with(ONE_STEP % "{ status: cancelled, reason: other }")
    payment = socotra.requested(100, A, retryPlanName="Slow")

    socotra.run_until_idle()

    assert socotra.again(payment)["paymentState"] == "failed"


def test_a_lost_notice_leaves_it_executing(socotra_with):
    socotra = socotra_with("notices:\n  - { event: payment.confirmed, lost: true }\n")
    payment = socotra.requested(100, A)

    socotra.run_until_idle()

    assert socotra.again(payment)["paymentState"] == "executing"


def test_a_late_failure_leaves_it_posted_and_the_client_reverses_it(socotra_with):
    late = SUBMITTED + "{ status: confirmed }, { after: 2 days, status: failed, reason: other }"
    socotra = socotra_with(ONE_STEP % late)
    payment = socotra.requested(100, A)
    happened = socotra.advance("3 days")
    posted = socotra.again(payment)

    reversed = socotra.reversed(posted)

    assert happened == ["payment.late_failure"]
    assert posted["paymentState"] == "posted"
    assert reversed["paymentState"] == "reversed"
    assert socotra.owes(A) == ("open", 100)


def test_a_resubmission_from_elsewhere_changes_nothing(socotra_with):
    again = "{ after: 1 hour, emit: payment.resubmission_requested }"
    declined = SUBMITTED + "{ status: failed, reason: other }, " + again
    elsewhere = (
        ONE_STEP % declined + "  - { when: payment.resubmission_requested, then: nothing }\n"
    )
    socotra = socotra_with(elsewhere)
    payment = socotra.requested(100, A, retryPlanName="Slow")
    before = socotra.again(payment)

    socotra.advance("2 hours")

    assert socotra.again(payment) == before


def test_what_was_collected_while_a_retry_was_waited_for_is_posted(socotra_with):
    """Somebody else had it tried again, and the money is there: asking once more would be wrong."""
    again = "{ after: 1 hour, emit: payment.resubmission_requested }"
    socotra = socotra_with(ONE_STEP % (SUBMITTED + "{ status: failed, reason: other }, " + again))
    payment = socotra.requested(100, A, retryPlanName="Slow")

    socotra.run_until_idle()

    done = socotra.again(payment)
    assert (done["paymentState"], "nextRequestTime" in done) == ("posted", False)
    assert [entry[1] for entry in log(done)] == ["completed"]


@pytest.mark.parametrize("call", ["cancel_payment", "fail_payment"])
def test_a_withdrawn_request_never_reaches_the_provider(socotra, call):
    draft = socotra.create(100, A)
    later = {"nextRequestTime": "2026-06-02T09:00:00Z"}
    socotra.on(draft, "update_payment", body=later)
    socotra.on(draft, "validate_payment")
    socotra.on(draft, "execute_payment")
    done = socotra.on(draft, call)

    happened = socotra.advance("3 days")

    assert happened == []
    assert socotra.again(draft) == done
    assert (done["executionLog"], "nextRequestTime" in done) == ([], False)


def test_an_attempt_that_is_given_up_is_closed_and_its_outcome_ignored(socotra):
    payment = socotra.requested(100, A)
    given_up = socotra.on(payment, "fail_payment")

    happened = socotra.advance("1 minute")

    assert log(given_up) == [("2026-06-01T09:00:00Z", "failed", None)]
    assert happened == ["payment.confirmed"]
    assert socotra.again(payment) == given_up


def test_a_request_can_be_postponed_until_it_is_under_way(socotra):
    draft = socotra.create(100, A)
    socotra.on(draft, "update_payment", body={"nextRequestTime": "2026-06-02T09:00:00Z"})
    socotra.on(draft, "validate_payment")
    requested = socotra.on(draft, "execute_payment")
    postponed = socotra.on(
        draft,
        "update_payment",
        body={"nextRequestTime": "2026-06-03T10:00:00+01:00", "setData": {}},
    )

    first = socotra.advance("1 day")
    second = socotra.advance("1 day")

    assert requested["nextRequestTime"] == "2026-06-02T09:00:00Z"
    assert postponed["nextRequestTime"] == "2026-06-03T09:00:00Z"
    assert (first, second) == ([], ["payment.created", "payment.submitted"])


def test_a_past_instant_is_now(socotra):
    draft = socotra.create(100, A)
    socotra.on(draft, "update_payment", body={"nextRequestTime": "2020-01-01T00:00:00Z"})
    socotra.on(draft, "validate_payment")

    requested = socotra.on(draft, "execute_payment")

    assert requested["nextRequestTime"] == "2026-06-01T09:00:00Z"


def test_an_instrument_without_a_link_cannot_be_used(socotra):
    valid = socotra.valid(100, A, financialInstrumentLocator=UNLINKED)
    before = socotra.sandbox.state

    details = socotra.unusable("execute_payment", valid)

    why = f"{UNLINKED} is not linked to a payment provider"
    assert details == [{"field": "financialInstrumentLocator", "reason": why}]
    assert socotra.sandbox.state is before


def test_an_instrument_that_expires_after_validation_is_refused(socotra):
    socotra.give(
        mandates=[
            {
                "ref": "soon",
                "customer": "acme",
                "scheme": "card",
                "socotra": {"expirationTime": "2026-06-01T10:00:00Z"},
            }
        ]
    )
    soon = socotra.locators()["soon"]
    valid = socotra.valid(100, A, financialInstrumentLocator=soon)
    socotra.advance("1 hour")

    details = socotra.unusable("execute_payment", valid)

    assert details == [{"field": "financialInstrumentLocator", "reason": f"{soon} has expired"}]


def test_an_account_without_an_instrument_cannot_be_collected_from(socotra):
    socotra.give(
        customers=[{"ref": "bare", "id": 9, "api": "socotra"}],
        accounts=[{"ref": "acc9", "customer": "bare", "currency": "USD"}],
        invoices=[{"ref": "due9", "customer": "bare", "amount": "10.00"}],
    )
    valid = socotra.valid(10, socotra.locators()["due9"])

    details = socotra.unusable("execute_payment", valid)

    assert details == [{"field": "financialInstrumentLocator", "reason": "there is none"}]


FALLS = """
rules:
  - name: the first collection is declined, and the payer cancels the mandate
    when: payment.created
    then:
      - { status: submitted }
      - { status: failed, reason: other }
      - { of: mandate, after: 10 minutes, status: cancelled, reason: mandate_cancelled }
"""


def test_a_mandate_that_has_fallen_fails_the_attempt_which_counts(socotra_with):
    socotra = socotra_with(FALLS)
    payment = socotra.requested(100, A, retryPlanName="Quick")

    socotra.run_until_idle()

    done = socotra.again(payment)
    assert done["paymentState"] == "failed"
    assert log(done) == [
        ("2026-06-01T09:00:00Z", "failed", "other"),
        ("2026-06-01T10:00:00Z", "failed", "mandate_cancelled"),
        ("2026-06-01T11:00:00Z", "failed", "mandate_cancelled"),
    ]


def test_a_mandate_that_has_fallen_makes_the_instrument_unusable(socotra_with):
    socotra = socotra_with(FALLS)
    first, second = socotra.valid(50, A), socotra.valid(50, A)
    socotra.on(first, "execute_payment")
    socotra.advance("10 minutes")

    details = socotra.unusable("execute_payment", second)

    why = f"the mandate of {CARD} is cancelled"
    assert details == [{"field": "financialInstrumentLocator", "reason": why}]


def test_a_bank_account_is_collected_from_on_bacs_days(socotra):
    payment = socotra.requested(100, A, financialInstrumentLocator="0000000000FN00000000000002")

    happened = socotra.advance("3 working days")

    assert happened == ["payment.submitted"]
    assert socotra.again(payment)["executionLog"][0]["paymentRequestState"] == "pending"


def test_the_provider_knows_the_payment_by_the_names_of_the_fixtures(socotra):
    """So that a scenario's rules can match it, and its step makes another beside it."""
    payment = socotra.requested(99.5, A, transactionNumber="sc:late")
    socotra.again(payment)

    [truth] = socotra.truths()

    assert (truth.amount, truth.currency, truth.scheme, truth.reference) == (
        9950,
        "USD",
        "card",
        "sc:late",
    )
    assert (truth.api, truth.ref, truth.invoice.type) == ("socotra", "payment-1", "invoice")


def test_a_payment_that_a_scenario_makes_is_shown_as_if_it_had_been_asked_for(socotra_with):
    another = '{ create: payment, with: { amount: "7.00" } }'
    rule = f"rules:\n  - {{ when: payment.confirmed, nth: 1, then: [{another}] }}\n"
    socotra = socotra_with(rule)
    socotra.requested(100, A)

    socotra.advance("1 minute")

    found = socotra.call("fetch_multiple_payments")["items"]
    assert [(each["amount"], each["paymentState"]) for each in found] == [
        (100, "posted"),
        (7, "executing"),
    ]


YEN, DINAR = "0000000000NV000000000JPY0A", "0000000000NV000000000KWD0A"
LATE = """
rules:
  - when: payment.confirmed
    match: { amount: "%s", currency: %s, invoice.paid: { lt: "0.0001" } }
    then: [{ after: 2 days, status: failed, reason: other }]
"""


@pytest.mark.parametrize(
    ("invoice", "amount", "currency", "written", "minor", "left"),
    [(YEN, 7001, "JPY", "7001", 7001, 2999), (DINAR, 9.345, "KWD", "9.345", 9345, 0.655)],
    ids=["JPY", "KWD"],
)
def test_an_amount_keeps_every_digit_of_its_currency_to_the_bank_and_back(  # noqa: PLR0913, PLR0917
    socotra_with, invoice, amount, currency, written, minor, left
):
    socotra = socotra_with(LATE % (written, currency))
    owed = socotra.owes(invoice)
    payment = socotra.requested(amount, invoice)
    happened = socotra.advance("3 days")
    posted, owes = socotra.again(payment), socotra.owes(invoice)

    reversed = socotra.reversed(posted)

    [truth] = socotra.truths()
    assert happened == ["payment.confirmed", "payment.late_failure"]
    assert (truth.amount, truth.collected, truth.currency) == (minor, minor, currency)
    assert (posted["amount"], posted["executionLog"][0]["paymentRequestState"]) == (
        amount,
        "completed",
    )
    assert owes == ("open", left)
    assert (reversed["paymentState"], socotra.owes(invoice)) == ("reversed", owed)
