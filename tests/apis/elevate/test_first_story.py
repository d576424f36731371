"""The first story: a mandate, a payment, and the days that it takes."""

ROWS = ["NEW", "PENDING_SUBMISSION", "SUBMITTED", "CONFIRMED", "PAID_OUT"]


def test_a_payment_under_a_new_mandate_is_paid_out_after_six_working_days(elevate):
    elevate.new_mandate(site=1)
    elevate.collect(10.5, invoice=1)

    receipt = elevate.control("POST", "/clock/advance", {"by": "7 working days"})

    assert [(fired["at"], fired["event"]) for fired in receipt["fired"]] == [
        ("2026-06-01T15:00:00Z", "mandate.submitted"),
        ("2026-06-03T11:00:00Z", "mandate.active"),
        ("2026-06-03T11:00:00Z", "payment.released"),
        ("2026-06-03T15:00:00Z", "payment.submitted"),
        ("2026-06-08T11:00:00Z", "payment.confirmed"),
        ("2026-06-09T13:00:00Z", "payment.paid_out"),
    ]
    assert [(row["thirdPartyPaymentStatus"], row["paymentDate"]) for row in elevate.rows(1)] == [
        ("NEW", "2026-06-01"),
        ("PENDING_SUBMISSION", "2026-06-01"),
        ("SUBMITTED", "2026-06-03"),
        ("CONFIRMED", "2026-06-08"),
        ("PAID_OUT", "2026-06-09"),
    ]
    # The adhoc invoice of 10.50 is still owed.
    assert elevate.balance(1) == -10.5


def test_a_payment_under_an_active_mandate_is_paid_out_on_day_five(elevate):
    elevate.collect(42, invoice=2)

    happened = elevate.advance("5 working days") + elevate.advance("5 hours")

    assert happened == ["payment.submitted", "payment.confirmed", "payment.paid_out"]
    assert elevate.statuses(2) == ROWS


def test_after_the_cut_off_a_payment_counts_for_the_next_day(elevate):
    elevate.advance("8 hours")  # 17:00 in London
    elevate.collect(42, invoice=2)

    receipt = elevate.control("POST", "/clock/next")

    assert receipt["to"] == "2026-06-03T15:00:00Z"


def test_the_bank_refuses_a_mandate_over_easter_and_its_payment_falls_with_it(elevate):
    elevate.bind("mandate-fails-at-bank")
    elevate.new_mandate(site=4001)
    elevate.collect(42, invoice=9001)
    elevate.control("POST", "/clock/advance", {"to": "2026-04-06T22:59:00Z"})
    on_monday = elevate.control("GET", "/resources/mandate/mandate-1")["status"]

    receipt = elevate.run_until_idle()

    assert on_monday == "submitted"
    assert [(fired["at"], fired["event"], fired["reason"]) for fired in receipt["fired"]] == [
        (
            "2026-04-07T11:00:00Z",  # noon in London
            event,
            {"code": "bank_account_closed", "schemeCode": code, "origin": "bank", "text": None},
        )
        for event, code in (("mandate.failed", "AUDDIS-B"), ("payment.cancelled", "ARUDD-B"))
    ]
    assert elevate.statuses(9001) == ["NEW", "PENDING_SUBMISSION", "CANCELLED"]


def test_the_site_of_a_failed_mandate_can_no_longer_pay_by_direct_debit(elevate):
    elevate.bind("mandate-fails-at-bank")
    elevate.new_mandate(site=4001)
    elevate.run_until_idle()

    body = {
        "generatedInvoiceId": 9001,
        "amountInMajorCurrency": 42,
        "description": "again",
        "paymentMethod": "GO_CARDLESS",
    }
    refusal = elevate.refused("POST", "/invoice-payments", body)

    assert refusal == (400, "Site 4001 has no mandate in an accepted state for GO_CARDLESS")
