"""What is refused, in which words, and in which order. A refusal changes nothing."""

import pytest

PAYMENTS = "/backend/api/v1/payments"


def failed(message, **fields):
    error = {"code": "validation_failed", "message": message}
    return 400, error | ({"fields": fields} if fields else {})


def word(wrong):
    """`read-only` is said as `is read-only`, `must be …` as it stands."""
    return wrong if wrong.startswith("must") else f"is {wrong}"


def wrong(field, why):
    """The refusal of one field."""
    return failed(f"{field} {word(why)}", **{field: why})


BODIES = [
    ({}, wrong("paymentAmount", "required")),
    ({"paymentAmount": 0}, wrong("paymentAmount", "must not be zero")),
    ({"paymentAmount": "-0.00"}, wrong("paymentAmount", "must not be zero")),
    ({"paymentAmount": 1.001}, wrong("paymentAmount", "too fine: GBP has 2 decimal places")),
    ({"paymentAmount": None}, wrong("paymentAmount", "must be a string or a number")),
    (
        {"paymentAmount": 1, "paymentDate": "2026-02-30"},
        wrong("paymentDate", "must be a date, such as 2026-04-01"),
    ),
    ({"paymentAmount": 1, "paymentDate": None}, wrong("paymentDate", "must be a string")),
    (
        {"paymentAmount": 1, "paymentMethod": "Postal Order"},
        wrong("paymentMethod", "historic, not for new payments"),
    ),
    ({"paymentAmount": 1, "invoiceID": "0123"}, wrong("invoiceID", "no invoice of this customer")),
    (
        {"paymentAmount": 1, "invoiceID": "9" * 5000},
        wrong("invoiceID", "no invoice of this customer"),
    ),
    (
        {"paymentAmount": 1, "id": "7", "status": [], "notes": "?"},
        failed(
            "id is read-only; status is read-only; notes is not known here",
            id="read-only",
            status="read-only",
            notes="not known here",
        ),
    ),
    (
        {"paymentAmount": 1, "paymentMethod": "direct debit", "invoiceID": "124"},
        failed(
            "paymentMethod is not a payment type; invoiceID is no invoice of this customer",
            paymentMethod="not a payment type",
            invoiceID="no invoice of this customer",
        ),
    ),
]


@pytest.mark.parametrize(("body", "refusal"), BODIES, ids=lambda value: str(value)[:60])
def test_a_new_payment_is_refused_with_all_that_is_wrong(backend, body, refusal):
    assert backend.refused("POST", "/customers/123/payments", body) == refusal


TOO_LARGE = ["1000000000000", 1e12, -1e300, "9" * 5000, "1e3", "NaN", "1.234", "+1", " 1", "1\n"]


@pytest.mark.parametrize("amount", TOO_LARGE, ids=lambda value: repr(value)[:30])
def test_an_amount_that_is_none_is_refused(backend, amount):
    status, error = backend.refused("POST", "/customers/123/payments", {"paymentAmount": amount})

    assert (status, error["code"], list(error["fields"])) == (
        400,
        "validation_failed",
        ["paymentAmount"],
    )


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "null", ""], ids=repr)
def test_a_body_that_is_no_object_has_no_field_to_blame(backend, body):
    status, error = backend.refused(
        "POST",
        "/customers/123/payments",
        data=body,
        headers={"Content-Type": "application/json"},
    )

    assert (status, sorted(error)) == (400, ["code", "message"])


def test_a_json_patch_is_refused(backend):
    backend.record()
    patch = [{"op": "replace", "path": "/paymentAmount", "value": "1.00"}]

    status, error = backend.refused("PATCH", "/payments/1", patch)

    assert (status, error) == failed("the body must be an object")


NOT_REVERSED = {
    "code": "conflict",
    "message": "payment 1 is not reversed",
    "fields": {"invoiceIDReversed": "only a reversed payment has it"},
}
CHANGES = [
    ({"paymentReversedDate": "2026-05-31"}, wrong("paymentReversedDate", "before paymentDate")),
    (
        {"paymentReversedDate": "2026-06-10", "paymentDate": "2026-06-11"},
        wrong("paymentReversedDate", "before paymentDate"),
    ),
    ({"invoiceIDReversed": "124"}, (409, NOT_REVERSED)),
    ({"invoiceIDReversed": "123"}, wrong("invoiceIDReversed", "no invoice of this customer")),
    ({"paymentMethod": "Barter"}, wrong("paymentMethod", "not a payment type")),
    ({"paymentAmount": None}, wrong("paymentAmount", "must be a string or a number")),
    ({"paymentDate": None}, wrong("paymentDate", "must be a string")),
    ({"status": ["Collected"]}, wrong("status", "read-only")),
]


@pytest.mark.parametrize(("body", "refusal"), CHANGES, ids=str)
def test_a_change_is_refused_with_what_is_wrong(backend, body, refusal):
    backend.record()

    assert backend.refused("PATCH", "/payments/1", body) == refusal


def test_a_payment_cannot_be_moved_behind_its_reversal(backend):
    backend.record()
    backend.change("1", paymentReversedDate="2026-06-02")

    refusal = backend.refused("PATCH", "/payments/1", {"paymentDate": "2026-06-03"})

    assert refusal == wrong("paymentDate", "after paymentReversedDate")


def test_the_invoice_of_a_reversal_cannot_come_with_a_reinstatement(backend):
    backend.record()
    backend.change("1", paymentReversedDate="2026-06-02")
    body = {"paymentReversedDate": None, "invoiceIDReversed": "124"}

    assert backend.refused("PATCH", "/payments/1", body)[0] == 409


PARAMETERS = [
    ("limit=0", "limit", "must be at least 1"),
    ("limit=1001", "limit", "must be at most 1000"),
    ("limit=ten", "limit", "must be an integer"),
    ("offset=-1", "offset", "must be at least 0"),
    ("idAfter=", "idAfter", "must be an integer"),
    ("minDate=2026-02-30", "minDate", "must be a date, such as 2026-04-01"),
    ("maxReversedDate=yesterday", "maxReversedDate", "must be a date, such as 2026-04-01"),
    ("reversedSince=2026-02-30", "reversedSince", "not a datetime"),
    ("collectedSince=2026-04-31T10:00:00Z", "collectedSince", "not a datetime"),
    ("updatedSince=0001-01-01T00:00:00%2B23:00", "updatedSince", "not a datetime"),
    ("createdSince=0000-01-01", "createdSince", "not a datetime"),
]


@pytest.mark.parametrize(("query", "name", "why"), PARAMETERS)
def test_a_bad_parameter_is_refused_and_named(backend, query, name, why):
    status, error = wrong(name, why)

    assert backend.refused("GET", f"/payments?{query}") == (
        status,
        error | {"code": "bad_parameter"},
    )


@pytest.mark.parametrize("query", ["reversed=maybe", "includeReversed=2", "reversedSince=now"])
def test_a_flag_or_moment_that_is_none_is_refused(backend, query):
    status, error = backend.refused("GET", f"/payments?{query}")

    assert (status, error["code"], list(error["fields"])) == (
        400,
        "bad_parameter",
        [query.partition("=")[0]],
    )


def test_all_bad_parameters_are_named_at_once(backend):
    status, error = backend.refused("GET", "/customers/123/payments?limit=0&minDate=x&offset=-1")

    assert (status, sorted(error["fields"])) == (400, ["limit", "minDate", "offset"])


def test_all_bad_moments_are_named_at_once(backend):
    query = "reversedSince=2026-02-30&createdSince=2026-02-31"

    status, error = backend.refused("GET", f"/payments/?{query}")

    assert (status, sorted(error["fields"])) == (400, ["createdSince", "reversedSince"])


UNKNOWN = ["999", "x", "1.0", "-1", "0", "007", "%C2%B2", "9" * 5000]


@pytest.mark.parametrize("id", UNKNOWN, ids=lambda value: value[:10])
@pytest.mark.parametrize("path", ["/payments/{}", "/customers/{}/payments"])
def test_an_unknown_id_or_one_that_is_no_number_is_not_found(backend, path, id):
    status, error = backend.refused("GET", path.format(id))

    assert (status, error["code"]) == (404, "not_found")


NO_TOKEN, PDF = {"Authorization": ""}, {"Accept": "application/pdf"}
IN_ORDER = [
    ("GET /paymentz", {}, (404, "not_found")),
    ("PUT /payments/1", {}, (405, "method_not_allowed")),
    ("POST /payments", {}, (405, "method_not_allowed")),
    ("POST /payments/1?action=reverse", {}, (405, "method_not_allowed")),
    ("GET /payments?limit=0", NO_TOKEN, (401, "unauthorised")),
    ("GET /payments?limit=0", PDF, (406, "not_acceptable")),
    ("GET /customers/999/payments?limit=0", {}, (400, "bad_parameter")),
    ("GET /customers/999/payments?reversedSince=2026-02-30", {}, (400, "bad_parameter")),
    ("GET /customers/999/payments", {}, (404, "not_found")),
]


@pytest.mark.parametrize(("call", "headers", "refusal"), IN_ORDER)
def test_the_first_thing_wrong_is_what_is_refused(backend, call, headers, refusal):
    method, path = call.split()

    status, error = backend.refused(method, path, headers=headers)

    assert (status, error["code"]) == refusal


JSON = "application/json"
BODIES_IN_ORDER = [
    ("999", b"x" * (2**20 + 1), "application/xml", (413, "payload_too_large")),
    ("999", b"<payment/>", "application/xml", (415, "unsupported_media_type")),
    ("999", b"{}", JSON, (400, "validation_failed")),
    ("999", b'{"paymentAmount": 1, "paymentMethod": "?"}', JSON, (404, "not_found")),
    ("123", b'{"paymentAmount": 1, "paymentMethod": "?"}', JSON, (400, "validation_failed")),
]


@pytest.mark.parametrize(("customer", "body", "media", "refusal"), BODIES_IN_ORDER)
def test_a_body_is_judged_before_the_customer_and_the_customer_before_the_rules(
    backend, customer, body, media, refusal
):
    path = f"/customers/{customer}/payments"

    status, error = backend.refused("POST", path, data=body, headers={"Content-Type": media})

    assert (status, error["code"]) == refusal


def test_a_missing_token_is_told_how_to_authenticate(backend):
    answer = backend.ask("GET", PAYMENTS, headers={"Authorization": ""})

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_method_that_is_not_allowed_is_told_which_are(backend):
    answer = backend.ask("PUT", f"{PAYMENTS}/1", {})

    assert sorted(answer.headers["Allow"].split(", ")) == ["DELETE", "GET", "PATCH"]
