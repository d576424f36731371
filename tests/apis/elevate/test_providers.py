"""Payment providers: set up, listed, and changed by JSON Patch, all of it or nothing."""

import pytest

NEW = {
    "type": "FINASTRA",
    "name": "Finastra",
    "directDebitWithName": "Everyday Energy",
    "status": "ACTIVE",
    "creditorIdentifier": "CR1",
    "instantBankPayments": True,
    "retryIfPossible": True,
    "acceptExternalPayments": True,
    "contractOwnerIds": [1, 2],
    "syncInstantBankPaymentsWithMandateCreation": True,
}
GO_CARDLESS = {
    "id": 1,
    "type": "GO_CARDLESS",
    "name": "GoCardless",
    "status": "ACTIVE",
    "instantBankPayments": True,
    "retryIfPossible": False,
    "acceptExternalPayments": False,
    "contractOwnerIds": [1],
    "syncInstantBankPaymentsWithMandateCreation": False,
}


def providers(elevate, **filters):
    query = {"page": 1, "pageSize": 10, **filters}
    return elevate.ok("GET", "/payment-providers", params=query)


def refused(elevate, *operations, media="application/json-patch+json"):
    headers = {"Content-Type": media}
    return elevate.refused("PATCH", "/payment-providers/1", list(operations), headers=headers)


def test_a_provider_answers_201_and_can_be_fetched_and_listed(elevate):
    created = elevate.call("POST", "/v1/payment-providers", NEW)

    assert (created.status_code, created.json()) == (201, {"id": 3, **NEW})
    assert elevate.ok("GET", "/payment-providers/3") == created.json()
    assert providers(elevate)[-1] == created.json()


def test_the_booleans_are_false_unless_they_are_sent(elevate):
    body = {"type": "CHEQUE", "name": "", "status": "INACTIVE", "contractOwnerIds": [7]}

    assert elevate.ok("POST", "/payment-providers", body) == {
        "id": 3,
        **body,
        "instantBankPayments": False,
        "retryIfPossible": False,
        "acceptExternalPayments": False,
        "syncInstantBankPaymentsWithMandateCreation": False,
    }


def test_two_providers_of_a_kind_are_allowed(elevate):
    elevate.ok("POST", "/payment-providers", NEW)

    assert elevate.ok("POST", "/payment-providers", NEW)["id"] == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contractOwnerIds": []}, "Validation failed for field 'contractOwnerIds'"),
        ({"type": "BITCOIN"}, "Validation failed for field 'type'"),
        ({"status": "active"}, "Validation failed for field 'status'"),
        ({"name": "<b>"}, "Validation failed for field 'name'"),
        ({"name": "x" * 256}, "Validation failed for field 'name'"),
        ({"retryIfPossible": "true"}, "Validation failed for field 'retryIfPossible'"),
    ],
    ids=str,
)
def test_a_provider_that_breaks_the_schema_is_refused(elevate, changes, message):
    status, why = elevate.refused("POST", "/payment-providers", {**NEW, **changes})

    assert (status, why.startswith(message)) == (400, True)


def test_all_violations_are_named(elevate):
    status, message = elevate.refused("POST", "/payment-providers", {})

    wrong = [part.split("'")[1] for part in message.split("; ")]
    assert (status, sorted(wrong)) == (400, ["contractOwnerIds", "name", "status", "type"])


@pytest.mark.parametrize("text", ["", "é ß 漢 🙂 “quotes” {}[]^~$\t\n", "x" * 255])
def test_a_text_may_have_all_but_angle_brackets_and_control_characters(elevate, text):
    body = {**NEW, "name": text}

    assert elevate.ok("POST", "/payment-providers", body)["name"] == text


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, [1, 2, 3]),
        ({"type": "GO_CARDLESS"}, [1]),
        ({"type": "go_cardless"}, []),
        ({"type": "in:CHEQUE,FINASTRA"}, [2, 3]),
        ({"type": "like:c"}, [1, 2]),
        ({"type": "like:c%"}, [2]),
        ({"type": "like:_HEQUE"}, [2]),
        ({"type": "not:CHEQUE"}, []),
        ({"type": ""}, [1, 2, 3]),
        ({"contractOwnerId": 2}, [3]),
        ({"contractOwnerId": 9}, []),
        ({"instantBankPayments": "true"}, [1, 3]),
        ({"instantBankPayments": "false"}, [2]),
        ({"instantBankPayments": ""}, [1, 2, 3]),
        ({"retryIfPossible": "true"}, [3]),
        ({"retryIfPossible": "false", "instantBankPayments": "true"}, [1]),
    ],
    ids=str,
)
def test_providers_are_filtered(elevate, filters, ids):
    elevate.ok("POST", "/payment-providers", NEW)

    assert [provider["id"] for provider in providers(elevate, **filters)] == ids


@pytest.mark.parametrize(
    "filters",
    [{"contractOwnerId": "one"}, {"contractOwnerId": 0}, {"retryIfPossible": "yes"}],
    ids=str,
)
def test_a_filter_of_another_type_is_refused(elevate, filters):
    query = {"page": 1, "pageSize": 10, **filters}

    status, _ = elevate.refused("GET", "/payment-providers", params=query)

    assert status == 400


def test_an_unknown_provider_is_not_found(elevate):
    refusal = elevate.refused("GET", "/payment-providers/99")

    assert refusal == (404, "There is no payment provider 99")


# PATCH

CHANGES = {
    "replace": (
        [{"op": "replace", "path": "/name", "value": "GC"}],
        {"name": "GC"},
    ),
    "add": (
        [{"op": "add", "path": "/creditorIdentifier", "value": "CR1"}],
        {"creditorIdentifier": "CR1"},
    ),
    "into a list": (
        [{"op": "add", "path": "/contractOwnerIds/-", "value": 2}],
        {"contractOwnerIds": [1, 2]},
    ),
    "remove a boolean": (
        [{"op": "remove", "path": "/instantBankPayments"}],
        {"instantBankPayments": False},
    ),
    "remove a boolean and look": (
        [
            {"op": "remove", "path": "/instantBankPayments"},
            {"op": "test", "path": "/instantBankPayments", "value": False},
        ],
        {"instantBankPayments": False},
    ),
    "copy": (
        [{"op": "copy", "from": "/name", "path": "/directDebitWithName"}],
        {"directDebitWithName": "GoCardless"},
    ),
    "move": (
        [
            {"op": "add", "path": "/creditorIdentifier", "value": "CR1"},
            {"op": "move", "from": "/creditorIdentifier", "path": "/directDebitWithName"},
        ],
        {"directDebitWithName": "CR1"},
    ),
    "test the id": (
        [{"op": "test", "path": "/id", "value": 1}],
        {},
    ),
    "test the whole": (
        [{"op": "test", "path": "", "value": GO_CARDLESS}],
        {},
    ),
    "nothing": ([], {}),
}


@pytest.mark.parametrize(("operations", "changes"), CHANGES.values(), ids=CHANGES)
def test_a_patch_changes_a_provider(elevate, operations, changes):
    patched = elevate.patch("/payment-providers/1", *operations)

    assert patched == {**GO_CARDLESS, **changes}
    assert elevate.ok("GET", "/payment-providers/1") == patched


def test_what_a_fixture_gave_it_besides_stays(elevate):
    elevate.patch("/payment-providers/1", {"op": "replace", "path": "/name", "value": "GC"})

    provider = next(
        one
        for one in elevate.control("GET", "/fixtures")["items"]
        if (one["resource"], one["id"]) == ("payment_provider", 1)
    )
    assert (provider["ref"], provider["schemes"]) == ("gocardless", ["bacs", "faster_payments"])


REFUSED = {
    "the id": [{"op": "replace", "path": "/id", "value": 2}],
    "the whole": [{"op": "replace", "path": "", "value": {}}],
    "an unknown member": [{"op": "add", "path": "/colour", "value": "red"}],
    "a member of a text": [{"op": "add", "path": "/name/first", "value": "red"}],
    "a member of a number": [{"op": "add", "path": "/id/first", "value": "red"}],
    "a place that there is not": [{"op": "replace", "path": "/contractOwnerIds/7", "value": 2}],
    "no pointer": [{"op": "remove", "path": "name"}],
    "no value": [{"op": "replace", "path": "/name"}],
    "no from": [{"op": "move", "path": "/name"}],
    "a failing test": [{"op": "test", "path": "/name", "value": "Stripe"}],
    "a test of what is not there": [{"op": "test", "path": "/creditorIdentifier", "value": "x"}],
    "what is not there": [{"op": "remove", "path": "/creditorIdentifier"}],
    "a required member": [{"op": "remove", "path": "/name"}],
    "the last contract owner": [{"op": "remove", "path": "/contractOwnerIds/0"}],
    "a value out of the enum": [{"op": "replace", "path": "/status", "value": "ASLEEP"}],
    "a value of another type": [{"op": "replace", "path": "/name", "value": None}],
    "an unknown operation": [{"op": "swap", "path": "/name", "value": "x"}],
    "into itself": [{"op": "move", "from": "/contractOwnerIds", "path": "/contractOwnerIds/0"}],
    "the whole within itself": [{"op": "copy", "from": "", "path": "/creditorIdentifier"}],
    "the id moved away": [{"op": "move", "from": "/id", "path": "/creditorIdentifier"}],
}


@pytest.mark.parametrize("operations", REFUSED.values(), ids=REFUSED)
def test_a_patch_that_cannot_be_done_is_refused(elevate, operations):
    status, _ = refused(elevate, *operations)

    assert status == 400
    assert elevate.ok("GET", "/payment-providers/1") == GO_CARDLESS


def test_a_patch_is_done_wholly_or_not_at_all(elevate):
    status, _ = refused(
        elevate,
        {"op": "replace", "path": "/name", "value": "GC"},
        {"op": "replace", "path": "/status", "value": "ASLEEP"},
    )

    assert status == 400
    assert elevate.ok("GET", "/payment-providers/1") == GO_CARDLESS


def test_a_patch_of_another_media_type_is_refused(elevate):
    status, _ = refused(elevate, media="application/json")

    assert status == 415


def test_a_patch_of_an_unknown_provider_is_not_found(elevate):
    headers = {"Content-Type": "application/json-patch+json"}

    refusal = elevate.refused("PATCH", "/payment-providers/99", [], headers=headers)

    assert refusal == (404, "There is no payment provider 99")
