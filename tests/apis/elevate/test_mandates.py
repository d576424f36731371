"""Mandates: asked for, finished by the payer, heard of; and the truth, from the provider itself."""

import pytest

BODY = {"siteId": 1, "returnURL": "https://example.com/back"}


def mandates(elevate, **filters):
    query = {"page": 1, "pageSize": 10, **filters}
    return elevate.ok("GET", "/site-payment-mandates", params=query)


def shown(elevate, ref="mandate-5"):
    return elevate.view(ref)["status"]


def at_the_provider(elevate, reference, method="GO_CARDLESS", **query):
    path = f"/payment-provider-mandates/{method}/{reference}"
    return elevate.ok("GET", path, params=query)


def test_a_mandate_answers_201_with_a_page_for_the_payer_and_no_reference_yet(elevate):
    body = {**BODY, "exitURL": "https://example.com/exit"}

    answer = elevate.call("POST", "/v1/site-payment-mandates", body)

    mandate = answer.json()
    assert answer.status_code == 201
    assert {
        name: mandate[name] for name in mandate if name not in ("redirectURL", "flowToken")
    } == {
        "id": 2,
        "siteId": 1,
        "returnURL": "https://example.com/back",
        "exitURL": "https://example.com/exit",
    }
    assert mandate["flowToken"].startswith("RE")
    assert mandate["redirectURL"].startswith(f"{elevate.address}/mandate/")
    assert mandate["redirectURL"].endswith(mandate["flowToken"])
    assert elevate.token not in mandate["redirectURL"]
    assert shown(elevate) == "NEW"


def test_a_redirect_url_that_was_sent_is_kept(elevate):
    body = {**BODY, "redirectURL": "https://example.com/ours"}

    mandate = elevate.ok("POST", "/site-payment-mandates", body)

    assert mandate["redirectURL"] == "https://example.com/ours"


def test_the_payer_needs_five_minutes_and_the_notice_brings_the_references(elevate):
    elevate.new_mandate(site=1)

    mandate = mandates(elevate, siteId=1)[0]

    assert mandate["mandateReference"] == elevate.truth("mandate-5")["reference"]
    assert mandate["mandateReference"].startswith("MD")
    assert mandate["thirdPartyCustomerReference"].startswith("CU")
    assert shown(elevate) == "CREATED"


def test_the_list_is_filtered_by_site(elevate):
    elevate.new_mandate(site=1)

    assert [mandate["siteId"] for mandate in mandates(elevate)] == [2, 1]
    assert [mandate["siteId"] for mandate in mandates(elevate, siteId=2)] == [2]
    assert mandates(elevate, siteId=77) == []


LIVES = {
    "submitted": (["submitted"], "SUBMITTED"),
    "active": (["submitted", "active"], "ACTIVE"),
    "failed": (["submitted", "failed"], "FAILED"),
    "cancelled": (["submitted", "active", "cancelled"], "CANCELLED"),
    "expired": (["submitted", "active", "expired"], "EXPIRED"),
    "suspended": (["submitted", "active", "suspended"], "INACTIVE"),
    "resumed": (["submitted", "active", "suspended", "active"], "ACTIVE"),
    "reinstated": (["submitted", "active", "cancelled", "active"], "REINSTATED"),
    "reinstatement failed": (["submitted", "active", "cancelled", "failed"], "FAILED"),
    "blocked": (["submitted", "active", "blocked"], "BLOCKED"),
    "approval requested": (["awaiting_approval"], "PENDING_CUSTOMER_APPROVAL"),
    "approval granted": (["awaiting_approval", "created"], "CUSTOMER_APPROVAL_GRANTED"),
}


@pytest.mark.parametrize(("moves", "status"), LIVES.values(), ids=LIVES)
def test_a_mandate_shows_the_name_of_the_last_event(elevate, moves, status):
    elevate.new_mandate(site=1)

    for to in moves:
        elevate.move("mandate-5", to)

    reference = elevate.truth("mandate-5")["reference"]
    assert shown(elevate) == status
    assert at_the_provider(elevate, reference)["status"] == status


def test_a_signature_that_is_skipped_says_so(elevate):
    elevate.new_mandate(site=1)
    elevate.move("mandate-5", "awaiting_approval")

    elevate.move("mandate-5", "created", **{"as": "mandate.approval_skipped"})

    assert shown(elevate) == "CUSTOMER_APPROVAL_SKIPPED"


def test_asking_for_a_mandate_again_shows_and_a_transfer_does_not(elevate):
    elevate.play(
        "rules:\n"
        "  - when: mandate.active\n"
        "    then:\n"
        "      - { after: 1 day, emit: mandate.transferred }\n"
        "      - { after: 1 day, status: cancelled }\n"
        "      - { after: 1 day, emit: mandate.resubmission_requested }\n"
    )
    elevate.new_mandate(site=1)
    elevate.advance("2 working days")
    elevate.advance("2 days")
    after_the_transfer = shown(elevate)

    elevate.run_until_idle()

    assert (after_the_transfer, shown(elevate)) == ("ACTIVE", "RESUBMISSION_REQUESTED")


ACCEPTED = {
    "CREATED": [],
    "SUBMITTED": ["submitted"],
    "ACTIVE": ["submitted", "active"],
    "REINSTATED": ["submitted", "active", "cancelled", "active"],
    "CUSTOMER_APPROVAL_GRANTED": ["awaiting_approval", "created"],
}
NOT_ACCEPTED = {
    "PENDING_CUSTOMER_APPROVAL": ["awaiting_approval"],
    "FAILED": ["failed"],
    "CANCELLED": ["cancelled"],
    "BLOCKED": ["blocked"],
    "INACTIVE": ["submitted", "active", "suspended"],
    "EXPIRED": ["submitted", "active", "expired"],
}


@pytest.mark.parametrize(("status", "moves"), ACCEPTED.items(), ids=str)
def test_a_mandate_in_an_accepted_state_collects(elevate, status, moves):
    elevate.new_mandate(site=1)
    for to in moves:
        elevate.move("mandate-5", to)

    elevate.collect(10.5, invoice=1)

    assert (shown(elevate), elevate.statuses(1)) == (status, ["NEW", "PENDING_SUBMISSION"])


@pytest.mark.parametrize(("status", "moves"), NOT_ACCEPTED.items(), ids=str)
def test_a_mandate_in_another_state_does_not(elevate, status, moves):
    elevate.new_mandate(site=1)
    for to in moves:
        elevate.move("mandate-5", to)

    body = {
        "generatedInvoiceId": 1,
        "amountInMajorCurrency": 10.5,
        "description": "June",
        "paymentMethod": "GO_CARDLESS",
    }
    refusal = elevate.refused("POST", "/invoice-payments", body)

    assert shown(elevate) == status
    assert refusal == (400, "Site 1 has no mandate in an accepted state for GO_CARDLESS")


# Which provider makes it


def test_the_sites_own_integrated_method_makes_the_mandate(elevate):
    elevate.give(
        payment_providers=[{"ref": "stripe", "type": "STRIPE_CARD", "api": "elevate"}],
        sites=[{"id": 9, "customer": 1, "elevate": {"paymentMethod": "STRIPE_CARD"}}],
    )

    elevate.new_mandate(site=9)

    truth = elevate.truth("mandate-5")
    assert (truth["provider"], truth["scheme"], truth["status"]) == ("stripe", "card", "active")


def test_a_manual_site_has_the_lowest_active_integrated_provider(elevate):
    elevate.new_mandate(site=3)

    assert elevate.truth("mandate-5")["provider"] == "gocardless"


REFUSED = {
    "unknown site": (
        {**BODY, "siteId": 99},
        "Validation failed for field 'siteId': there is no site 99",
    ),
    "no return": ({"siteId": 1}, "Validation failed for field 'returnURL': is required"),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_a_mandate_that_lacks_something_is_refused(elevate, body, message):
    assert elevate.refused("POST", "/site-payment-mandates", body) == (400, message)


@pytest.mark.parametrize(
    ("site", "message"),
    [
        (1, "There is no ACTIVE GO_CARDLESS payment provider for contract owner 1"),
        (3, "There is no ACTIVE integrated payment provider for contract owner 1"),
    ],
)
def test_without_an_active_provider_there_is_no_mandate(elevate, site, message):
    elevate.patch("/payment-providers/1", {"op": "replace", "path": "/status", "value": "INACTIVE"})

    refusal = elevate.refused("POST", "/site-payment-mandates", {**BODY, "siteId": site})

    assert refusal == (400, message)


# The provider's own word


def test_the_provider_tells_who_the_payer_is(elevate):
    elevate.give(
        customers=[
            {
                "ref": "mary",
                "id": 7,
                "given_name": "Mary",
                "family_name": "Somerville",
                "company": "Stars Ltd",
                "email": "mary@example.com",
                "phone": "+44 131 496 0000",
                "address": {
                    "line1": "1 High Street",
                    "line2": "Flat 2",
                    "line3": "Rear",
                    "city": "Jedburgh",
                    "region": "Borders",
                    "postcode": "TD8 6AB",
                    "country": "GB",
                },
            }
        ],
        mandates=[
            {
                "customer": "mary",
                "reference": "MD0000000077",
                "created": "2026-05-01T10:00:00",
                "elevate": {"thirdPartyCustomerReference": "CU0000000007"},
            }
        ],
    )

    assert at_the_provider(elevate, "MD0000000077") == {
        "mandateReference": "MD0000000077",
        "thirdPartyCustomerReference": "CU0000000007",
        "createdAt": "2026-05-01T09:00:00Z",
        "emailAddress": "mary@example.com",
        "firstName": "Mary",
        "lastName": "Somerville",
        "companyName": "Stars Ltd",
        "addressLine1": "1 High Street",
        "addressLine2": "Flat 2",
        "addressLine3": "Rear",
        "city": "Jedburgh",
        "region": "Borders",
        "postcode": "TD8 6AB",
        "countryCode": "GB",
        "telephoneNumber": "+44 131 496 0000",
        "status": "ACTIVE",
    }


def test_the_provider_tells_the_truth_where_the_view_is_stale(elevate):
    elevate.play("notices:\n  - { event: mandate.active, lost: true }\n")
    elevate.new_mandate(site=1)
    elevate.advance("3 working days")

    reference = elevate.truth("mandate-5")["reference"]
    assert shown(elevate) == "SUBMITTED"
    assert at_the_provider(elevate, reference)["status"] == "ACTIVE"


def test_the_query_has_to_fit_the_mandate(elevate):
    mandate = mandates(elevate, siteId=2)[0]
    payer = mandate["thirdPartyCustomerReference"]

    found = at_the_provider(
        elevate,
        mandate["mandateReference"],
        thirdPartyCustomerReference=payer,
        contractOwnerId=1,
    )

    assert found["mandateReference"] == mandate["mandateReference"]


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [
        ("CHEQUE", {}, 400),
        ("BITCOIN", {}, 400),
        ("STRIPE", {}, 404),
        ("GO_CARDLESS", {"contractOwnerId": 2}, 404),
        ("GO_CARDLESS", {"contractOwnerId": "one"}, 400),
        ("GO_CARDLESS", {"thirdPartyCustomerReference": "CU1"}, 404),
    ],
    ids=str,
)
def test_another_method_or_a_query_that_does_not_fit_finds_nothing(elevate, method, query, status):
    reference = mandates(elevate, siteId=2)[0]["mandateReference"]

    path = f"/payment-provider-mandates/{method}/{reference}"
    refused, _ = elevate.refused("GET", path, params=query)

    assert refused == status


def test_a_reference_that_nobody_has_is_not_found(elevate):
    refusal = elevate.refused("GET", "/payment-provider-mandates/GO_CARDLESS/MD1")

    assert refusal == (404, "There is no GO_CARDLESS mandate MD1")


def test_a_mandate_whose_payer_has_not_finished_is_not_there_yet(elevate):
    elevate.ok("POST", "/site-payment-mandates", BODY)
    reference = elevate.truth("mandate-5")["reference"]

    status, _ = elevate.refused("GET", f"/payment-provider-mandates/GO_CARDLESS/{reference}")

    assert status == 404


def test_the_sites_invoice_details_have_the_newest_mandate(elevate):
    elevate.give(sites=[{"id": 7, "customer": 1, "elevate": {"invoiceNotes": "By hand"}}])
    given = elevate.site_shows(7)

    elevate.new_mandate(site=7)

    assert given == {"invoiceNotes": "By hand"}
    assert elevate.site_shows(7) == {
        **given,
        "mandateStatus": "CREATED",
        "mandateReference": elevate.truth("mandate-5")["reference"],
        "thirdPartyCustomerReference": mandates(elevate, siteId=7)[0][
            "thirdPartyCustomerReference"
        ],
    }


@pytest.mark.parametrize(("named", "mandate"), [({}, "new"), ({"mandate": "old"}, "old")], ids=str)
def test_a_given_payment_is_on_the_mandate_it_names_else_on_the_sites_newest(
    elevate, named, mandate
):
    elevate.give(
        mandates=[{"ref": "old", "site": 1}, {"ref": "new", "site": 1}],
        payments=[{"ref": "may", "invoice": 1, "amount": "1.00", "status": "created", **named}],
    )

    payments = elevate.control("GET", "/resources/payment")["items"]

    assert [(one["ref"], one["mandate"]) for one in payments] == [("may", mandate)]


@pytest.mark.parametrize(
    ("kind", "member", "value"),
    [
        ("sites", "mandateStatus", "ACTIVE"),
        ("sites", "mandateReference", "MD0000000001"),
        ("invoices", "paymentStatus", "PAID"),
    ],
)
def test_what_elevate_works_out_cannot_be_given(elevate, kind, member, value):
    needed = {"customer": 1} if kind == "sites" else {"site": 1, "amount": "1.00"}
    body = {kind: [{**needed, "elevate": {member: value}}]}

    answer = elevate.call("POST", "/_sandbox/fixtures", body)

    assert answer.status_code == 422
    named = [one["key"] for one in answer.json()["error"]["details"]]
    assert named == [f"{kind}[0].elevate.{member}"]
