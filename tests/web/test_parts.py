"""The parts of the pipeline that are functions: names, paths, documents, schemas."""

import sys
from types import SimpleNamespace

import pytest

from sandbox.web.credentials import named, named_by
from sandbox.web.documents import Place, load
from sandbox.web.outbound import Patience
from sandbox.web.resolver import snake_case
from sandbox.web.routing import Routes, longest_prefix
from sandbox.web.schemas import is_date


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("createInvoicePayment", "create_invoice_payment"),
        ("customer_id", "customer_id"),
        ("ID", "id"),
        ("invoiceID", "invoice_id"),
        ("paymentIDAfter", "payment_id_after"),
        ("maxReversedDate", "max_reversed_date"),
        ("X-Sandbox", "x_sandbox"),
        ("from", "from_"),
    ],
)
def test_a_name_of_a_document_has_one_name_in_python(name, word):
    assert snake_case(name) == word


def routes(*paths):
    found = Routes()
    for path in paths:
        found.add("GET", path, path)
    return found


@pytest.mark.parametrize(
    ("path", "served", "values"),
    [
        ("/a", "/a", ()),
        ("/a/b", "/a/b", ()),
        ("/a/x", "/a/{one}", ("x",)),
        ("/a/x/c", "/a/{one}/c", ("x",)),
        ("/a/b/c", "/a/b/{two}", ("c",)),
        ("/a/b/c/e", "/a/{one}/c/e", ("b",)),
    ],
)
def test_the_most_literal_path_is_found_and_the_next_is_tried_where_it_leads_nowhere(
    path, served, values
):
    known = routes("/a", "/a/b", "/a/{one}", "/a/{one}/c", "/a/b/{two}", "/a/{one}/c/e")

    route, found = known.find(path)

    assert (route.methods["GET"], found) == (served, values)


@pytest.mark.parametrize("path", ["/", "/a/", "/a/x/y", "/b", "a"])
def test_what_is_not_there_is_not_found(path):
    assert not routes("/a", "/a/{one}").find(path)[0].methods


def test_a_path_is_served_once():
    known = routes("/a/{one}")

    with pytest.raises(ValueError, match=r"GET /a/\{two\} is served already"):
        known.add("GET", "/a/{two}", "again")


def test_an_unknown_path_belongs_to_the_nearest_api():
    bases = {"/v1": "elevate", "/backend/api/v1": "backend", "/billing": "socotra"}

    assert [longest_prefix(bases, path) for path in ("/v1", "/v1/x", "/v10", "/billing/1")] == [
        "elevate",
        "elevate",
        None,
        "socotra",
    ]


def test_dates_and_keys_of_a_document_are_text(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("day: 2026-04-01\nanswers: {200: yes}\nlist: [{1: 2}]\n")

    assert load(file) == {
        "day": "2026-04-01",
        "answers": {"200": True},
        "list": [{"1": 2}],
    }


def test_what_a_document_anchors_stands_where_an_alias_names_it(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("a: &one {b: &two [1, '1']}\nc: *one\nd: *two\n")

    assert load(file) == {"a": {"b": [1, "1"]}, "c": {"b": [1, "1"]}, "d": [1, "1"]}


def test_a_place_knows_the_pointer_to_what_its_references_lead_to():
    root = Place.root({"a": {"b/c": [{"$ref": "#/d~1e"}]}, "d/e": {"x": 1}})

    here = root.at("a", "b/c", 0)

    assert (here.pointer, here.value, here["x"].pointer) == ("#/d~1e", {"x": 1}, "#/d~1e/x")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("2026-04-01", True),
        ("2026-02-30", False),
        ("20260401", False),
        ("2026-4-01", False),
        ("2026-W14-3", False),
        ("2026-04-01T08:00:00Z", False),
    ],
)
def test_a_date_is_written_in_one_way(text, is_one):
    assert is_date(text) is is_one


def test_a_long_text_that_should_be_a_date_is_not_remembered():
    text = "x" * 1000
    held = sys.getrefcount(text)

    assert not is_date(text)
    assert sys.getrefcount(text) == held


def test_a_token_names_the_same_sandbox_each_time_and_another_one_another():
    assert named("qa-1") == "qa-1"
    assert named_by(b"Bearer a.b.c") == "a.b.c"
    assert named("x" * 65) == named("x" * 65) != named("x" * 66)
    assert len(named("ü")) == 32


class Deliveries:
    """Two deliveries there have been, and one of them is to be posted."""

    def made(self, _):
        return 2

    def waiting(self, _):
        return (SimpleNamespace(delivery=1),)


def test_what_was_due_is_sent_even_where_what_receivers_bring_about_no_longer_is():
    deliverer = Deliveries()
    patience = Patience(None, [deliverer])
    more = [SimpleNamespace(delivery=number) for number in range(3, 104)]

    ends = [patience.ends_before(deliverer, one) for one in (*more, *deliverer.waiting(None))]

    assert ends == [False] * 100 + [True, False]
