"""The event stream: who was told what, in which request."""

import pytest

A = "0000000000NV0000000000000A"
OTHER = "50c07a00-0000-4000-8000-000000000002"


def types(events):
    return [event["type"] for event in events]


def test_the_events_of_one_request_share_its_id(socotra):
    payment = socotra.posted(99.5, A)

    create, *rest = socotra.events()

    assert types(rest) == [
        "billing.payment.post",
        "billing.payment.distribute",
        "billing.shortfallcredit.create",
        "billing.shortfallcredit.distribute",
        "billing.invoice.settle",
    ]
    [request] = {event["requestId"] for event in rest}
    assert request != create["requestId"]
    assert socotra.call("fetch_events_for_a_request", locator=request.lower()) == rest
    assert create == {
        "locator": create["locator"],
        "requestId": create["requestId"],
        "userLocator": payment["createdBy"],
        "timestamp": "2026-06-01T09:00:00Z",
        "type": "billing.payment.create",
        "data": {
            "paymentLocator": payment["locator"],
            "policyLocators": {"listCompleted": True, "items": []},
        },
    }
    assert rest[-1]["data"] == {
        "invoiceLocator": A,
        "accountLocator": payment["accountLocator"],
        "invoiceType": "normal",
        "policyLocators": {"listCompleted": True, "items": []},
    }
    assert rest[2]["data"] == {"shortfallCreditLocator": payment["shortfallCreditLocators"][0]}


def test_a_jobs_events_have_an_id_of_their_own(socotra):
    payment = socotra.requested(100, A)
    socotra.advance("1 minute")

    ids = [event["requestId"] for event in socotra.events()]

    create, request, execute, *posted = ids
    assert len({create, request, execute, *posted}) == 4
    assert len(set(posted)) == 1
    users = {event["userLocator"] for event in socotra.events()}
    assert users == {payment["createdBy"]}


def test_an_event_can_be_fetched(socotra):
    socotra.create(1, A)
    [event] = socotra.events()

    assert socotra.call("fetch_event", locator=event["locator"]) == event
    assert socotra.refused("fetch_event", event, tenant=OTHER)[:2] == (404, 990404)
    assert socotra.call("fetch_events_for_a_request", locator=event["locator"]) == []


def test_a_refused_call_emits_nothing(socotra):
    draft = socotra.create(1, A)

    socotra.refused("post_payment", draft)

    assert socotra.told() == ["payment.create"]


def test_the_stream_goes_on_where_a_token_says(socotra):
    for _ in range(5):
        socotra.create(1, A)
    listed = "fetch_multiple_events"

    first = socotra.call(listed, page_size=2)
    second = socotra.call(listed, page_size=100, paging_token=first["pagingToken"])
    third = socotra.call(listed, page_size=100, paging_token=second["pagingToken"])
    last = socotra.call(listed, page_size=100, paging_token=third["pagingToken"])
    socotra.create(1, A)
    later = socotra.call(listed, page_size=100, paging_token=last["pagingToken"])

    pages = (first, second, third, last, later)
    assert [len(page["events"]) for page in pages] == [2, 2, 1, 0, 1]
    everything = [event for page in pages for event in page["events"]]
    assert everything == socotra.events()


def test_the_start_is_inclusive_and_the_end_is_not(socotra):
    for _ in range(3):
        socotra.create(1, A)
        socotra.advance("1 hour")

    found = socotra.events(
        start_timestamp="2026-06-01T10:00:00Z", end_timestamp="2026-06-01T12:00:00+01:00"
    )

    assert [event["timestamp"] for event in found] == ["2026-06-01T10:00:00Z"]


def test_one_type_only_and_a_token_that_remembers_it(socotra):
    for _ in range(3):
        socotra.posted(1, A)
    kind = "billing.payment.post"

    first = socotra.call("fetch_multiple_events", type=kind, page_size=2)
    rest = socotra.call("fetch_multiple_events", page_size=100, paging_token=first["pagingToken"])

    assert types(first["events"]) == [kind, kind]
    assert types(rest["events"]) == [kind]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (
            {"paging_token": "forged"},
            {"field": "pagingToken", "reason": "is none that the stream has given out"},
        ),
        (
            {"paging_token": "WzFd", "type": "x"},
            {"field": "pagingToken", "reason": "excludes the other parameters"},
        ),
        (
            {"start_timestamp": "2026-06-31T00:00:00Z"},
            {"field": "startTimestamp", "reason": "is no date-time"},
        ),
    ],
)
def test_a_query_that_cannot_be(socotra, query, detail):
    refused = socotra.malformed("fetch_multiple_events", **{"page_size": 100, **query})

    assert refused == [detail]


def test_the_catalogue_names_every_type_that_is_told(socotra):
    socotra.posted(99.5, A)

    known = {each["type"] for each in socotra.call("fetch_billing_event_definitions")}

    assert set(types(socotra.events())) <= known
    assert len(known) == 31
