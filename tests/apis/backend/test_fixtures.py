"""What is given stands on the books as if it had come about there."""

import pytest

GIVEN = """
scenario: given
version: 1
given:
  resources:
    customers:
      - { ref: eve, id: 7, name: Eve }
      - { ref: mallory, id: 8, name: Mallory, api: socotra }
    mandates: [{ ref: eve-bacs, customer: eve }, { ref: eve-card, customer: eve, scheme: card }]
    invoices:
      - { ref: june, id: 31, customer: eve, amount: "12.00" }
      - { ref: repair, id: 32, kind: adhoc, customer: eve, amount: "12.00" }
    payments: [PAYMENT]
"""


def given(backend, payment):
    backend.use(GIVEN.replace("PAYMENT", payment))


PENDING, COLLECTED, REVERSED = "Collection Pending", "Collected", "Reversed"
STATUSES = [
    ("created", [PENDING], None, "Requested", None, None, None),
    ("submitted", [PENDING], None, "Requested", "2026-05-04", None, None),
    ("confirmed", [COLLECTED], None, "Taken", "2026-05-04", "2026-05-04", None),
    ("paid_out", [COLLECTED], None, "Taken", "2026-05-04", "2026-05-04", None),
    (
        "failed",
        ["Collection Failed", REVERSED],
        "2026-05-04",
        "Failed",
        "2026-05-04",
        None,
        "2026-05-04",
    ),
    (
        "charged_back",
        [COLLECTED, REVERSED],
        "2026-05-04",
        "Failed",
        "2026-05-04",
        "2026-05-04",
        "2026-05-04",
    ),
    ("cancelled", ["Collection Cancelled"], None, "Cancelled", None, None, None),
]


@pytest.mark.parametrize(
    ("status", "names", "reversed_", "attempt", "due", "taken", "failed"), STATUSES
)
def test_a_given_payment_stands_as_if_the_happy_path_had_led_there(  # noqa: PLR0913, PLR0917
    backend, status, names, reversed_, attempt, due, taken, failed
):
    given(
        backend,
        f"{{ id: 40, customer: eve, amount: '12.00', status: {status}, mandate: eve-bacs,"
        " reference: MAY, description: hers, created: 2026-05-04T10:00 }",
    )

    assert backend.get("40") == {
        "id": "40",
        "ourReference": "MAY",
        "customerReference": "hers",
        "paymentDate": "2026-05-04",
        "paymentReversedDate": reversed_,
        "status": names,
        "paymentAmount": "12.00",
        "paymentMethod": "Direct Debit",
        "invoiceID": None,
        "invoiceIDReversed": None,
    }
    (only,) = backend.attempts("40")
    assert only.pop("providerPaymentReference").startswith("PM")
    assert only == {
        "ourReference": "MAY",
        "customerReference": "hers",
        "directDebitAccountID": "1",
        "directDebitRun": None,
        "directDebitPaymentAmount": "12.00",
        "collectionDate": due,
        "status": attempt,
        "directDebitPaymentSetupStamp": "2026-05-04",
        "directDebitPaymentTakenStamp": taken,
        "directDebitPaymentFailedStamp": failed,
        "providerStatus": status,
        "providerStatusDetail": None,
        "id": "1",
    }


STAMPS = [
    ("confirmed", "collectedSince"),
    ("charged_back", "collectedSince"),
    ("failed", "reversedSince"),
    ("cancelled", "cancelledSince"),
    ("created", "createdSince"),
    ("submitted", "updatedSince"),
]


@pytest.mark.parametrize(("status", "since"), STAMPS)
def test_every_moment_of_a_given_payment_is_that_of_its_creation(backend, status, since):
    given(
        backend,
        f"{{ id: 40, customer: eve, amount: '12.00', status: {status},"
        " created: 2026-05-04T10:00 }",
    )

    at, later = "2026-05-04T09:00:00Z", "2026-05-04T09:00:01Z"
    assert backend.listed("includeReversed", **{since: at}) == ["40"]
    assert backend.listed("includeReversed", **{since: later}) == []


def test_the_block_says_what_only_this_api_has_words_for(backend):
    given(
        backend,
        "{ amount: '12.00', status: paid_out, invoice: june, backend: {"
        " paymentMethod: Credit Card, paymentDate: 2026-05-01, paymentReversedDate: 2026-05-02,"
        " ourReference: A, customerReference: B, invoiceIDReversed: 31 } }",
    )

    assert backend.get("1") == {
        "id": "1",
        "ourReference": "A",
        "customerReference": "B",
        "paymentDate": "2026-05-01",
        "paymentReversedDate": "2026-05-02",
        "status": [COLLECTED, REVERSED],
        "paymentAmount": "12.00",
        "paymentMethod": "Credit Card",
        "invoiceID": "31",
        "invoiceIDReversed": "31",
    }


def test_a_given_payment_by_a_method_that_collects_nothing_has_no_attempt(backend):
    given(
        backend,
        "{ customer: eve, amount: '12.00', status: submitted, backend: { paymentMethod: Cheque } }",
    )

    happened = backend.tell("POST", "/resources/payment/1/moves", {"to": "confirmed"})

    assert happened["status"] == "confirmed"
    assert backend.get("1")["status"] == []
    assert backend.attempts("1") == backend.attempts("1", "paymentCard") == []


def test_adhoc_invoices_are_not_known_here(backend):
    given(backend, "{ amount: '12.00', status: paid_out, invoice: repair }")

    assert backend.get("1")["invoiceID"] is None
    body = {"paymentAmount": 1, "invoiceID": 32}
    assert backend.refused("POST", "/customers/7/payments", body)[0] == 400


def test_what_belongs_to_another_api_is_not_known_here(backend):
    given(backend, "{ customer: eve, amount: '12.00', status: paid_out, api: elevate }")

    assert backend.listed() == []
    assert backend.refused("GET", "/customers/8/payments")[0] == 404
    assert backend.refused("POST", "/customers/8/payments", {"paymentAmount": 1})[0] == 404


def test_a_given_payment_goes_on_as_the_scenario_says(backend):
    given(backend, "{ customer: eve, amount: '12.00', status: confirmed, mandate: eve-bacs }")
    move = {"to": "failed", "reason": "refer_to_payer"}

    backend.tell("POST", "/resources/payment/1/moves", move)

    assert backend.get("1")["status"] == [COLLECTED, REVERSED]
    assert backend.listed(reversedSince="2026-06-01T09:00:00Z") == ["1"]


def test_a_payment_given_later_gets_the_next_id_where_a_clients_has_its_own(backend):
    backend.record()
    fixture = {"customer": "alan", "amount": "5.00", "status": "paid_out", "reference": "late"}

    backend.tell("POST", "/fixtures", {"payments": [fixture]})

    assert backend.get("2")["ourReference"] == "late"
    assert backend.listed() == ["1", "2"]


def test_a_payment_given_later_does_not_bring_back_a_deleted_id(backend):
    backend.record()
    backend.told("DELETE", "/payments/1")
    fixture = {"id": 1, "customer": "alan", "amount": "5.00", "status": "paid_out"}

    backend.tell("POST", "/fixtures", {"payments": [fixture]})

    assert backend.listed() == ["2"]


def test_an_older_payment_given_later_is_found_by_its_moments(backend):
    """Trails are no longer in the order of time then."""
    backend.record()
    fixture = {
        "customer": "alan",
        "amount": "5.00",
        "status": "confirmed",
        "created": "2026-05-04T10:00",
    }

    backend.tell("POST", "/fixtures", {"payments": [fixture]})

    assert backend.listed(createdSince="2026-05-04T09:00:00Z") == ["1", "2"]
    assert backend.listed(createdSince="2026-06-01") == ["1"]
    assert backend.listed(collectedSince="2026-05-04") == ["2"]


BROKEN = [
    ("customers", {"id": 9, "name": "Oscar", "backend": {"defaultPaymentType": "Barter"}}),
    (
        "payments",
        {
            "customer": "alan",
            "amount": "5.00",
            "status": "paid_out",
            "backend": {"paymentMethod": "Barter"},
        },
    ),
    (
        "payments",
        {
            "customer": "alan",
            "amount": "5.00",
            "status": "paid_out",
            "backend": {"invoiceID": 124},
        },
    ),
]


@pytest.mark.parametrize(("kind", "fixture"), BROKEN, ids=str)
def test_a_fixture_that_names_what_there_is_not_is_refused_whole(backend, kind, fixture):
    before = backend.held

    answer = backend.ask("POST", "/_sandbox/fixtures", {kind: [fixture]})

    assert answer.status_code == 422
    (key,) = fixture["backend"]
    assert [each["key"] for each in answer.json()["error"]["details"]] == [f"{kind}.backend.{key}"]
    assert backend.held == before


def test_a_payment_type_that_collects_by_no_scheme_of_ours_does_not_load(backend):
    text = "scenario: own\nversion: 1\ngiven:\n  config:\n    backend:\n      paymentTypes:\n"
    text += "        Wire: { collects: swift }\n"

    answer = backend.ask(
        "POST",
        "/_sandbox/scenarios",
        data=text.encode(),
        headers={"Content-Type": "application/yaml"},
    )

    assert answer.status_code == 422
    assert "collects" in answer.json()["error"]["details"][0]["key"]
