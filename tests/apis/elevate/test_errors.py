"""Errors: two members, one order of refusal, the same words for what a scenario does on purpose."""

import pytest

from sandbox.apis.elevate import errors

PAYMENT = {
    "generatedInvoiceId": 2,
    "amountInMajorCurrency": 42,
    "description": "June",
    "paymentMethod": "CHEQUE",
}
JSON = {"Content-Type": "application/json"}


def answered(elevate, method, path, **more):
    answer = elevate.session.request(method, f"{elevate.address}/v1{path}", timeout=10, **more)
    return answer.status_code, answer.json()


ORDER = {
    "an unknown path": ("GET", "/nothing", {}, 404, "Not Found"),
    "an unknown path without a credential": (
        "GET",
        "/nothing",
        {"headers": {"Authorization": None}},
        404,
        "Not Found",
    ),
    "a method that there is not": ("DELETE", "/refunds", {}, 405, "Method Not Allowed"),
    "no credential": (
        "GET",
        "/refunds",
        {"headers": {"Authorization": None}},
        401,
        "Unauthorized",
    ),
    "another scheme": (
        "GET",
        "/refunds",
        {"headers": {"Authorization": "Basic YTpi"}},
        401,
        "Unauthorized",
    ),
    "an empty token": (
        "GET",
        "/refunds",
        {"headers": {"Authorization": "Bearer "}},
        401,
        "Unauthorized",
    ),
    "a method before the credential": (
        "PUT",
        "/refunds",
        {"headers": {"Authorization": None}},
        405,
        "Method Not Allowed",
    ),
    "a body of another type": (
        "POST",
        "/refunds",
        {"data": "a=1", "headers": {"Content-Type": "text/plain"}},
        415,
        "Unsupported Media Type",
    ),
    "a body of more than a mebibyte": (
        "POST",
        "/refunds",
        {"data": b" " * (1024 * 1024 + 1), "headers": JSON},
        413,
        "Payload Too Large",
    ),
    "no JSON": ("POST", "/refunds", {"data": "{", "headers": JSON}, 400, "Bad Request"),
    "another thing than an object": (
        "POST",
        "/refunds",
        {"data": "[]", "headers": JSON},
        400,
        "Bad Request",
    ),
    "no body": ("POST", "/invoice-payments", {}, 400, "Bad Request"),
    "a media type that nobody answers in": (
        "GET",
        "/refunds?page=1&pageSize=1",
        {"headers": {"Accept": "text/csv"}},
        406,
        "Not Acceptable",
    ),
    "an id that is no number": ("GET", "/invoice-payments/one", {}, 400, "Bad Request"),
    "an id of zero": ("GET", "/invoice-payments/0", {}, 400, "Bad Request"),
    "an unknown id": ("GET", "/invoice-payments/99", {}, 404, "Not Found"),
    "an unknown id and a bad body": (
        "PATCH",
        "/payment-providers/99",
        {"data": "{}", "headers": {"Content-Type": "application/json-patch+json"}},
        400,
        "Bad Request",
    ),
}


@pytest.mark.parametrize(("method", "path", "more", "status", "error"), ORDER.values(), ids=ORDER)
def test_every_refusal_is_in_elevates_words(elevate, method, path, more, status, error):  # noqa: PLR0913, PLR0917  a row of the table
    code, body = answered(elevate, method, path, **more)

    assert (code, body["error"], sorted(body)) == (status, error, ["error", "message"])


def test_all_violations_are_joined(elevate):
    refusal = elevate.refused(
        "POST", "/invoice-payments", {"paymentMethod": "CASH", "generatedInvoiceId": 0}
    )

    status, message = refusal
    named = sorted(part.split("'")[1] for part in message.split("; "))
    assert (status, named) == (
        400,
        ["amountInMajorCurrency", "description", "generatedInvoiceId", "paymentMethod"],
    )


# What is ignored


def test_what_the_document_does_not_know_is_ignored_and_noted(elevate):
    body = {**PAYMENT, "id": 77, "colour": "red", "paymentDate": "1999-12-31"}

    answer = elevate.call("POST", "/v1/invoice-payments", body, params={"colour": "red"})

    row = answer.json()
    assert (row["id"], row["paymentDate"], "colour" in row) == (1, "2026-06-01", False)
    notes = " ".join(elevate.notes_of(answer))
    assert [name for name in ("/id", "/colour", "/paymentDate", "query") if name not in notes] == []


def test_a_member_without_a_value_is_left_out(elevate):
    elevate.pay(1)
    elevate.new_mandate(site=1)
    elevate.collect(1, invoice=1)
    elevate.pay_out()
    elevate.run_until_idle()
    lists = ["/invoice-payments", "/payment-providers", "/site-payment-mandates"]

    answers = [elevate.ok("GET", path, params={"page": 1, "pageSize": 99}) for path in lists]

    items = [item for answer in answers for item in answer]
    items.append(elevate.ok("GET", "/outbound-payments/1"))
    assert [item for item in items if None in item.values()] == []


# Money


@pytest.mark.parametrize(
    "amount", [0.01, 0.1, 0.07, 1.1, 19.99, 1e2, 4.35, 8.12, 1234.56, 99999.99, 100000, -0.01]
)
def test_pennies_come_back_as_they_were_sent(elevate, amount):
    elevate.pay(amount)

    assert elevate.amounts(2) == [amount]
    assert elevate.movements(2)[-1][1] == amount


def test_many_small_amounts_add_up(elevate):
    for _ in range(10):
        elevate.pay(0.1, invoice=1)

    assert elevate.balance(1) == -20.0


@pytest.mark.parametrize("amount", ["100000.01", "-100000.01", "0.001", "1e-9", "10.005", "1e300"])
def test_an_amount_out_of_range_or_too_fine_is_refused(elevate, amount):
    body = (
        '{"generatedInvoiceId": 2, "description": "", "paymentMethod": "CHEQUE", '
        f'"amountInMajorCurrency": {amount}}}'
    )

    status, _ = elevate.refused("POST", "/invoice-payments", data=body, headers=JSON)

    assert status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/invoice-payments/{}",
        "/adhoc-invoice-payments/{}",
        "/customer-payments/{}",
        "/payment-providers/{}",
        "/outbound-payments/{}",
    ],
)
@pytest.mark.parametrize("id", [2**31, 2**63 - 1])
def test_an_id_beyond_all_that_there_are_is_nobodys(elevate, path, id):
    code, body = answered(elevate, "GET", path.format(id))

    assert (code, body["message"].endswith(f" {id}")) == (404, True)


@pytest.mark.parametrize(
    ("id", "answer"), [(2**31, (200, "[]")), (2**63 - 1, (200, "[]")), (2**63, (400, "error"))]
)
def test_a_filter_by_an_id_beyond_all_that_there_are_finds_nothing(elevate, id, answer):
    code, body = answered(elevate, "GET", f"/refunds?page=1&pageSize=1&customerId={id}")

    assert (code, "error" if body else "[]") == answer


# Faults

CANONICAL = {
    (400, "bad_request"): "Bad Request",
    (401, "unauthorised"): "Unauthorized",
    (403, "forbidden"): "Forbidden",
    (404, "not_found"): "Not Found",
    (409, "conflict"): "Conflict",
    (413, "payload_too_large"): "Payload Too Large",
    (422, "unprocessable"): "Unprocessable Content",
    (429, "too_many_requests"): "Too Many Requests",
    (500, "internal_error"): "Internal Server Error",
    (503, "provider_unavailable"): "Service Unavailable",
    (504, "provider_timeout"): "Gateway Timeout",
}


@pytest.mark.parametrize(("fault", "phrase"), CANONICAL.items(), ids=str)
def test_a_fault_is_in_elevates_words_with_its_own_message_or_the_scenarios(fault, phrase):
    status, error = fault

    by_name, by_status = errors.fault(status, error), errors.fault(status)
    said = errors.fault(status, error, "Come back later")

    assert by_name.body == {"error": phrase, "message": errors.FAULTS[error]}
    assert by_status.body == {"error": phrase, "message": phrase}
    assert said.body == {"error": phrase, "message": "Come back later"}
    assert {by_name.status, by_status.status, said.status} == {status}


def test_an_approval_without_a_page_has_its_message_alone():
    assert errors.fault(403, "approval_required").body == {
        "message": "Payment requires approval through payment provider"
    }
