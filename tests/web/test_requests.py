"""What reaches an operation, and what comes back."""

import jwt
import pytest

ORDER = {"item": "pen", "count": 1}
NO_OBJECTS = ["/lines/0: must be an object", "/lines/1: must be an object"]
A_UUID = "a UUID, such as 7c9e6679-7425-40de-944b-e07fc1f90ae7"


def test_parameters_have_the_types_of_the_document(shop):
    query = "page=2&least=-1.5e1&paid=false&open&state=new&state=old&ids=3,-4&unknown=1"
    answer = shop.ask("GET", f"/shop/orders?{query}", headers={"X-Client": "till"})

    assert answer.json()[0]["given"] == {
        "page": 2,
        "page_size": 10,
        "least": -15.0,
        "paid": False,
        "open": True,
        "state": ["new", "old"],
        "ids": [3, -4],
        "x_client": "till",
    }


def test_parameters_that_are_not_given_are_their_default_or_none(shop):
    given = shop.ask("GET", "/shop/orders?page=1").json()[0]["given"]

    assert given == {
        "page": 1,
        "page_size": 10,
        "least": None,
        "paid": None,
        "open": None,
        "state": None,
        "ids": None,
        "x_client": None,
    }


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("page=", "/page: must be an integer"),
        ("page=1.0", "/page: must be an integer"),
        (f"page={'9' * 5000}", "/page: must have 300 digits at most"),
        ("page=%EF%BC%91", "/page: must be an integer"),
        ("page=2147483648", "/page: must be at most 2147483647"),
        ("page=1&least=1_0", "/least: must be a number"),
        ("page=1&least=NaN", "/least: must be a number"),
        ("page=1&open=", None),
        ("page=1&paid", "/paid: must be true or false"),
        ("page=1&state=new&state=odd", "/state/1: must be one of new, old"),
        ("page=1&ids=1,2,3", "/ids: must have at most 2 items"),
        ("page=1&ids=1,x", "/ids/1: must be an integer"),
    ],
)
def test_a_parameter_is_held_against_its_schema(shop, query, wrong):
    answer = shop.ask("GET", f"/shop/orders?{query}")

    assert answer.json().get("wrong") == [f"query {wrong}"] if wrong else answer.ok


def test_unknown_parameters_and_members_are_ignored_and_noted(shop):
    answer = shop.ask("POST", "/shop/orders?colour=red", ORDER | {"lines": [{"sky": 1}], "size": 1})

    assert answer.status_code == 201
    assert shop.entry(answer).notes == (
        "query parameter colour: not in the document, ignored",
        "body member /lines/0/sky: not in the document, ignored",
        "body member /size: not in the document, ignored",
    )


@pytest.mark.parametrize("query", ["=red", "colour=red&=", "=&colour=red"])
def test_a_parameter_without_a_name_is_refused(shop, query):
    answer = shop.ask("POST", f"/shop/orders?{query}", ORDER)

    assert (answer.status_code, answer.json()["wrong"]) == (400, ["query /: must have a name"])


def test_an_ampersand_with_nothing_after_it_is_no_parameter(shop):
    assert shop.ask("POST", "/shop/orders?&", ORDER).status_code == 201


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["/item: is required", "/count: is required"]),
        ([], [": must be an object"]),
        (ORDER | {"item": ""}, ["/item: must not be empty"]),
        (ORDER | {"count": 0}, ["/count: must be more than 0"]),
        (ORDER | {"count": 1.0}, ["/count: must be an integer"]),
        (ORDER | {"count": 2**31}, ["/count: must be at most 2147483647"]),
        (ORDER | {"count": True}, ["/count: must be an integer"]),
        (ORDER | {"price": 0.011}, ["/price: must be a multiple of 0.01"]),
        (ORDER | {"day": "2026-02-30"}, ["/day: must be a date, such as 2026-04-01"]),
        (ORDER | {"day": 1}, ["/day: must be a string or null"]),
        (ORDER | {"day": None}, None),
        (ORDER | {"example": 1}, ["/example: must be a string"]),
        (ORDER | {"to": {"zip": 1}}, ["/to/zip: is not known here", "/to/a~1b: is required"]),
        (ORDER | {"to": {"a/b": "", "town": "Oslo"}}, ["/to/town: must be one of Rome, Bath"]),
        (ORDER | {"pay": "gold"}, ["/pay: must be one of cash, card or an object or an array"]),
        (ORDER | {"pay": {}}, ["/pay/iban: is required"]),
        (ORDER | {"pay": {"iban": "12"}}, [r"/pay/iban: must match ^\p{Lu}{2}"]),
        (ORDER | {"pay": ["12", "x"]}, ["/pay/1: must be digits"]),
        (ORDER | {"due": "soon"}, ["/due: must be a day in May, such as 2026-05-04"]),
        (ORDER | {"lines": [1, 2]}, ["/lines: must have at most 1 item", *NO_OBJECTS]),
        (ORDER | {"lines": [{"sku": "x"}]}, [f"/lines/0/sku: must be {A_UUID}"]),
    ],
)  # fmt: skip
def test_every_violation_of_a_body_is_named_with_its_pointer(shop, body, wrong):
    answer = shop.ask("POST", "/shop/orders", body)

    expected = [f"body {each}" for each in wrong] if wrong else None
    assert sorted(answer.json().get("wrong") or []) == sorted(expected or [])


def test_what_is_no_json_is_told_where(shop):
    answer = shop.ask(
        "POST", "/shop/orders", data=b'{"item": }', headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert "line 1 column 10" in answer.json()["wrong"][0]


def test_a_body_that_is_needed_and_missing_is_told(shop):
    assert shop.ask("POST", "/shop/orders").json()["wrong"] == ["body : is required"]


def test_a_media_type_may_have_parameters(shop):
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = shop.ask("POST", "/shop/orders", data=b'{"item":"pen","count":1}', headers=headers)

    assert answer.status_code == 201


def test_a_body_of_text_is_text_and_has_limits_too(shop):
    headers = {"Content-Type": "text/plain"}
    kept = shop.ask("PUT", "/shop/notes", data="né".encode(), headers=headers)
    long = shop.ask("PUT", "/shop/notes", data=b"x" * 11, headers=headers)
    broken = shop.ask("PUT", "/shop/notes", data=b"\xff", headers=headers)

    assert [kept.status_code, long.status_code, broken.status_code] == [204, 400, 400]
    assert shop.entry(kept).notes == ("kept né",)


def test_the_answer_has_the_media_type_that_the_client_prefers(shop):
    prefers = {"Accept": "application/json;q=0.5, text/*"}
    answer = shop.ask("GET", "/shop/orders/3", headers=prefers)

    assert (answer.text, answer.headers["Content-Type"]) == ("order 3", "text/plain")


@pytest.mark.parametrize("accept", ["", "*/*", "text/*;q=0.1, application/*"])
def test_who_prefers_nothing_gets_the_first_that_the_document_has(shop, accept):
    answer = shop.ask("GET", "/shop/orders/7", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_a_literal_path_stands_before_a_templated_one(shop):
    mine, third = shop.ask("GET", "/shop/orders/mine"), shop.ask("GET", "/shop/orders/3")

    assert [mine.json()["id"], third.json()["id"]] == [7, 3]


def test_an_encoded_slash_belongs_to_its_segment(shop):
    line = shop.ask("GET", "/shop/orders/3/lines/a%2Fb%20c").json()

    assert line == {"order": 3, "name": "a/b c"}


def test_a_slash_at_the_end_is_no_redirect(shop):
    answer = shop.ask("GET", "/shop/orders/3/", allow_redirects=False)

    assert answer.status_code == 200


def test_an_answer_without_a_body_has_neither_type_nor_bytes(shop):
    answer = shop.ask("DELETE", "/shop/orders/3")

    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["X-Deleted"] == "3"


def test_an_answer_leads_to_the_journal_and_names_the_seed(shop):
    answer = shop.ask("POST", "/shop/orders?colour=red", ORDER)

    entry = shop.entry(answer)
    assert answer.headers["X-Sandbox-Seed"] == "1"
    assert (entry.method, entry.path, entry.query) == ("POST", "/shop/orders", b"colour=red")
    assert (entry.api, entry.operation, entry.status) == ("shop", "createOrder", 201)
    assert (entry.body, entry.answer) == (b'{"item": "pen", "count": 1}', answer.content)


def test_what_reaches_no_sandbox_stands_in_the_servers_journal(shop):
    nowhere = shop.ask("GET", "/nowhere")
    stranger = shop.ask("GET", "/shop/orders", headers={"Authorization": None})
    probe = shop.ask("GET", "/shop/open")

    assert [shop.entry(each).status for each in (nowhere, stranger, probe)] == [404, 401, 200]


def test_the_server_does_not_name_its_software(shop):
    assert "X-Powered-By" not in shop.ask("GET", "/shop/open").headers


def test_two_tokens_are_two_sandboxes(shop):
    other = shop.named(f"{shop.name}-2")
    shop.ask("POST", "/shop/orders", ORDER)

    assert other.ask("POST", "/shop/orders", ORDER).json()["id"] == 1


def token(**claims):
    return jwt.encode(claims, "a key of at least thirty-two bytes", algorithm="HS256")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {token(sub='somebody', sandbox='here')}"},
        {"Authorization": f"bearer {token(sub='here', exp=1)}"},
        {"Authorization": "Bearer elsewhere", "X-Sandbox": "here"},
        {"Authorization": "Bearer here"},
    ],
)
def test_the_credential_names_the_sandbox(shop, headers):
    before = shop.named("here").sandbox.part("orders", 0)

    answer = shop.ask("POST", "/shop/orders", ORDER, headers=headers)

    assert answer.json()["id"] == before + 1


def test_the_path_may_name_the_sandbox_and_stands_before_all_else(shop):
    answer = shop.ask("POST", f"/s/{shop.name}/shop/orders", ORDER, headers={"X-Sandbox": "other"})

    assert answer.json() == {
        "id": 1,
        "item": "pen",
        "of": f"{shop.address}/s/{shop.name}",
    }
    assert shop.entry(answer).path == "/shop/orders"


def test_the_path_is_no_credential(shop):
    answer = shop.ask("GET", f"/s/{shop.name}/shop/orders/3", headers={"Authorization": None})

    assert answer.status_code == 401


@pytest.mark.parametrize("named", ["path", "header"])
def test_where_the_document_says_so_a_name_is_enough(shop, named):
    before, headers = {"path": (f"/s/{shop.name}", {}), "header": ("", {"X-Sandbox": shop.name})}[
        named
    ]
    answer = shop.ask(
        "POST", f"{before}/shop/work", {"steps": 1}, headers=headers | {"Authorization": None}
    )

    assert answer.json() == {"orders": 1}
    assert shop.sandbox.part("orders", 0) == 1


def test_a_token_that_is_no_name_is_a_digest_of_it(shop):
    answer = shop.ask("GET", "/shop/orders/3", headers={"Authorization": "Bearer a b/c"})

    names = {sandbox.name for sandbox in shop.app.process.server.sandboxes}
    assert answer.ok
    assert any(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)


def test_only_a_call_that_was_answered_touches_the_sandbox(shop):
    shop.ask("POST", "/shop/orders", {})
    before = shop.sandbox.state.touched

    shop.ask("POST", "/shop/orders", ORDER)

    assert (before, shop.sandbox.state.touched) == (False, True)


def test_the_document_is_served_without_a_credential_and_names_this_server_first(shop):
    answer = shop.ask("GET", "/shop/openapi.json", headers={"Authorization": None})

    document = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert document["servers"] == [
        {"url": "/shop", "description": "this server"},
        {"url": "https://shop.example.com/", "description": "the vendor's"},
    ]
    assert document["components"]["schemas"]["NewOrder"]["properties"]["example"] == {
        "type": "string"
    }
