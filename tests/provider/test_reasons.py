import json
from pathlib import Path

import pytest

from sandbox.engine.events import Reason
from sandbox.provider.reasons import CATALOGUE, reason

SCHEMA = Path(__file__).parents[2] / "specs" / "scenario.schema.json"

# What Bacs calls it when a mandate fails, when one is cancelled, when a payment
# fails and when one is charged back; ISO 20022's code; the card's; whose word it is.
TABLE = """
    refer_to_payer | ARUDD-6 | ARUDD-6 | ARUDD-0 | - | MS03 | - | bank
    bank_account_closed | AUDDIS-B | ADDACS-B | ARUDD-B | - | AC04 | - | bank
    payer_deceased | AUDDIS-2 | ADDACS-2 | ARUDD-2 | - | MD07 | - | bank
    bank_account_transferred | AUDDIS-3 | ADDACS-3 | ARUDD-3 | - | - | - | bank
    invalid_bank_details | AUDDIS-5 | - | ARUDD-5 | - | AC01 | - | bank
    direct_debit_not_enabled | AUDDIS-F | - | - | - | AG01 | - | bank
    mandate_cancelled | - | ADDACS-0 | ARUDD-1 | - | MD01 | - | payer
    authorisation_disputed | - | ADDACS-D | ARUDD-4 | DDICA-1 | MD06 | - | payer
    refused_by_payer | - | - | - | - | MS02 | - | payer
    bank_declined_payment | - | - | - | - | FAILED | - | bank
    daily_payment_limit_reached | - | - | - | - | FAILED | - | bank
    insufficient_payment_permissions | - | - | - | - | FAILED | - | bank
    payment_violated_mandate_parameters | - | - | - | - | FAILED | - | bank
    card_declined | - | - | - | - | - | 05 | bank
    card_expired | - | - | - | - | - | 54 | bank
    payer_declined | - | - | - | - | - | - | payer
    flow_expired | - | - | - | - | - | - | payer
    initial_one_off_payment_failed | - | - | - | - | - | - | provider
    approval_denied | - | - | - | - | - | - | payer
    approval_expired | - | - | - | - | - | - | client
    approval_rejected | - | - | - | - | - | - | client
    verification_failed | - | - | - | - | - | - | provider
    mandate_failed | - | - | - | - | - | - | provider
    mandate_expired | - | - | - | - | - | - | provider
    mandate_blocked | - | - | - | - | - | - | provider
    payment_cancelled | - | - | - | - | - | - | client
    chargeback_cancelled | - | - | - | - | - | - | payer
    provider_error | - | - | - | - | - | - | provider
    other | - | - | ARUDD-6 | - | - | - | bank
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
ASKED = [
    ("bacs", "mandate.failed"),
    ("bacs", "mandate.cancelled"),
    ("bacs", "payment.failed"),
    ("bacs", "payment.charged_back"),
    ("faster_payments", "instant_payment.failed"),
    ("card", "payment.failed"),
]


def test_the_catalogue_is_the_scenario_languages():
    codes = json.loads(SCHEMA.read_text())["$defs"]["reasonCode"]["anyOf"][0]["enum"]

    assert sorted(CATALOGUE) == sorted(codes)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_schemes_codes_follow_from_code_scheme_and_event(row):
    code, *codes, origin = row

    found = [reason(code, scheme, event) for scheme, event in ASKED]

    assert found == [Reason(code, "" if its == "-" else its, origin) for its in codes]


@pytest.mark.parametrize("event", ["payment.late_failure", "payment.cancelled"])
def test_a_payment_that_fails_late_has_the_codes_of_one_that_fails(event):
    assert reason("refer_to_payer", "bacs", event).scheme_code == "ARUDD-0"


def test_bacs_has_no_insufficient_funds_it_arrives_as_refer_to_payer():
    assert reason("insufficient_funds", "bacs", "payment.failed") == Reason(
        "refer_to_payer", "ARUDD-0", "bank"
    )


@pytest.mark.parametrize(
    ("scheme", "event", "scheme_code"),
    [("faster_payments", "instant_payment.failed", "AM04"), ("card", "payment.failed", "51")],
)
def test_elsewhere_insufficient_funds_is_what_it_is(scheme, event, scheme_code):
    assert reason("insufficient_funds", scheme, event) == Reason(
        "insufficient_funds", scheme_code, "bank"
    )


@pytest.mark.parametrize("scheme", ["bacs", "faster_payments"])
def test_a_payment_in_the_wrong_currency_fails_with_am03(scheme):
    """Of Bacs too, though it has no such code: the story `currency-mismatch` says so."""
    assert reason("currency_mismatch", scheme, "payment.failed") == Reason(
        "currency_mismatch", "AM03", "bank"
    )


def test_a_step_may_say_code_origin_and_text_itself():
    said = reason(
        "authorisation_disputed",
        "bacs",
        "payment.charged_back",
        scheme_code="DDICA-2",
        origin="bank",
        text="not my signature",
    )

    assert said == Reason("authorisation_disputed", "DDICA-2", "bank", "not my signature")


def test_a_code_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(LookupError, match="no reason bad_luck; there are approval_denied, "):
        reason("bad_luck")


def test_a_reason_reads_as_the_code_and_the_schemes_own():
    assert str(reason("refer_to_payer", "bacs", "payment.failed")) == "refer_to_payer (ARUDD-0)"
    assert str(reason("payment_cancelled")) == "payment_cancelled"
