"""What is refused, in which words and in which order."""

import pytest

ORDER = {"item": "pen", "count": 1}


def test_an_unknown_path_is_404_whatever_else_is_wrong(shop):
    answer = shop.ask("PUT", "/shop/nowhere", headers={"Authorization": None})

    assert (answer.status_code, answer.json()["why"]) == (404, "Not Found")


def test_a_method_that_is_not_there_is_405_and_names_the_others(shop):
    answer = shop.ask("PATCH", "/shop/orders", headers={"Authorization": None})

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_a_method_that_the_document_lacks_is_405_too(shop, method):
    assert shop.ask(method, "/shop/orders").status_code == 405


@pytest.mark.parametrize("given", [None, "Basic YTpi", "Bearer", "Bearer  "])
def test_without_a_token_it_is_401_before_the_body_is_looked_at(shop, given):
    answer = shop.ask("POST", "/shop/orders", data=b"x" * 3000, headers={"Authorization": given})

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_body_that_is_too_large_is_413_before_its_type_is_looked_at(shop):
    answer = shop.ask("POST", "/shop/orders", data=b"x" * 2001)

    assert answer.status_code == 413


def test_a_body_that_does_not_say_how_large_it_is_is_counted(shop):
    chunks = (b'{"item": "' + b"x" * 1000 for _ in range(3))
    answer = shop.ask(
        "POST", "/shop/orders", data=chunks, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("media", ["text/plain", "application/jsonp", None])
def test_a_body_of_another_type_is_415_before_it_is_read(shop, media):
    answer = shop.ask("POST", "/shop/orders", data=b"{", headers={"Content-Type": media})

    assert answer.status_code == 415


def test_an_accept_header_that_excludes_every_answer_is_406(shop):
    answer = shop.ask("GET", "/shop/orders", headers={"Accept": "text/html, application/json;q=0"})

    assert (answer.status_code, answer.json()["message"]) == (
        406,
        "this is answered as application/json only",
    )


def test_path_query_headers_and_body_are_refused_together(shop):
    answer = shop.ask("GET", "/shop/orders?pageSize=0&paid=yes", headers={"X-Client": "too long"})

    assert answer.status_code == 400
    assert answer.json()["wrong"] == [
        "query /pageSize: must be at least 1",
        "query /paid: must be true or false",
        "header /x-client: must have at most 5 characters",
        "query /page: is required",
    ]


def test_what_is_not_simulated_is_501_after_all_that_is_wrong_with_the_call(shop):
    invalid = shop.ask("POST", "/shop/returns", {"item": "pen"})
    valid = shop.ask("POST", "/shop/returns", ORDER)

    assert [invalid.status_code, valid.status_code] == [400, 501]
    assert "createReturn" in valid.json()["message"]


def test_what_the_operation_raises_is_answered_in_the_dialect_and_undone(shop):
    answer = shop.ask("POST", "/shop/orders", {"item": "nothing", "count": 1})

    assert (answer.status_code, answer.json()) == (404, {"why": "there is no item nothing"})
    assert shop.entry(answer).explanation == "there is no item nothing"
    assert shop.sandbox.part("orders", 0) == 0


def test_jobs_without_end_are_409(shop):
    answer = shop.ask("POST", "/shop/orders", {"item": "endless", "count": 1})

    assert answer.status_code == 409
    assert shop.entry(answer).explanation == answer.json()["message"]
    assert "spin" in answer.json()["message"]


def test_a_crash_is_500_undone_and_explained_in_the_journal(shop):
    answer = shop.ask("POST", "/shop/breakage", {"how": "crash"})

    assert (answer.status_code, answer.json()["message"]) == (500, "the sandbox failed to answer")
    assert "ZeroDivisionError: by zero" in shop.entry(answer).explanation
    assert shop.sandbox.part("orders", 0) == 0


def test_an_answer_that_breaks_the_document_is_500_undone_and_names_the_places(shop):
    answer = shop.ask("POST", "/shop/breakage", {"how": "answer"})

    assert answer.status_code == 500
    assert [(each.pointer, each.message) for each in shop.entry(answer).violations] == [
        ("/item", "is required"),
        ("/id", "must be an integer"),
    ]
    assert shop.sandbox.part("orders", 0) == 0


def test_an_answer_whose_status_the_document_lacks_is_500(shop):
    answer = shop.ask("POST", "/shop/breakage", {"how": "status"})

    assert answer.status_code == 500
    assert "202 with application/json is not in the document" in shop.entry(answer).explanation


def test_after_a_crash_the_sandbox_goes_on(shop):
    shop.ask("POST", "/shop/breakage", {"how": "crash"})

    assert shop.ask("POST", "/shop/orders", ORDER).json()["id"] == 1
