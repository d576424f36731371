"""Webhooks and their deliveries, which are values: posted by web/, kept where there is no url."""

import hashlib
import hmac

import pytest
from orjson import loads

from sandbox.apis.socotra import outbound
from sandbox.apis.socotra.rules import delivered, deliveries
from sandbox.config import shipped
from sandbox.engine.sandbox import UnknownResourceError
from sandbox.web.documents import Place, load
from sandbox.web.schemas import Schemas

A = "0000000000NV0000000000000A"
OTHER = "50c07a00-0000-4000-8000-000000000002"
URL = "http://client.test/socotra"
CONTROL = load(shipped("specs") / "control.yaml")
POST, EXECUTE = "socotra.billing.payment.post", "socotra.billing.payment.execute"
RETRIED = {"retryStrategy": {"strategyType": "linear", "attempts": 2, "interval": 60}}


def created(socotra, *kinds, failure=None, **more):
    endpoint = {"url": URL, "hmacEnabled": True, "secret": "s3cret"}
    body = {
        "name": "hook",
        "enabled": True,
        "eventTypes": list(kinds or ("billing.payment.create",)),
        "endpoint": endpoint,
        **({"failureHandling": failure} if failure else {}),
        **more,
    }
    return socotra.call("create_webhook", body=body)


def inbox(**more):
    return {"webhooks": [{"ref": "inbox", **more}]}


def made(socotra):
    """Every delivery: its event, its state, and what its tries came to."""
    return [
        (one.name, one.status.value, [each.result for each in one.tries])
        for one in delivered.all_of(socotra.sandbox)
    ]


def answered(socotra, *statuses):
    """What web/ does with the outbox, the receiver answering so; None is no answer."""
    for status in statuses:
        sending, *_ = deliveries.outbox(socotra.sandbox)
        error = None if status else "connection refused"
        deliveries.record(socotra.sandbox, sending, status, error)
        socotra.sandbox.settle()


def test_a_webhook_reads_as_it_was_made_with_what_was_left_out(socotra):
    hook = created(socotra, "billing.payment.post", "billing.payment.fail", failure=RETRIED)

    assert hook == {
        "locator": hook["locator"],
        "name": "hook",
        "enabled": True,
        "endpoint": {
            "url": URL,
            "headers": {},
            "secureSsl": True,
            "hmacEnabled": True,
            "secret": "s3cret",
            "tag": "",
        },
        "failureHandling": {
            "triggers": ["4xx", "5xx", "timeout"],
            "divert": False,
            "suspend": False,
            **RETRIED,
        },
        "suspended": False,
        "eventTypes": ["billing.payment.post", "billing.payment.fail"],
    }
    assert socotra.call("fetch_webhook", webhook_locator=hook["locator"].lower()) == hook


def test_a_change_removes_before_it_adds_and_keeps_the_rest(socotra):
    hook = created(socotra, "billing.payment.post", "billing.payment.fail", failure=RETRIED)

    changed = socotra.call(
        "update_webhook",
        webhook_locator=hook["locator"],
        body={
            "removeEventTypes": ["billing.payment.post", "billing.payment.fail"],
            "addEventTypes": ["billing.payment.post"],
            "endpoint": {"secret": "n3w"},
            "failureHandling": {"suspend": True},
        },
    )

    assert changed == {
        **hook,
        "endpoint": {**hook["endpoint"], "secret": "n3w"},
        "failureHandling": {
            "triggers": ["4xx", "5xx", "timeout"],
            "divert": False,
            "suspend": True,
        },
        "eventTypes": ["billing.payment.post"],
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["on", "off"]),
        ({"name": "on"}, ["on"]),
        ({"enabled": False}, ["off"]),
        ({"active": True}, ["on"]),
        ({"suspended": True}, []),
        ({"event_types": ["billing.payment.fail", "x"]}, ["off"]),
        ({"event_types": ["billing.payment.fail"], "enabled": True}, []),
    ],
)
def test_a_list_of_webhooks_has_filters(socotra, query, names):
    created(socotra, name="on")
    created(socotra, "billing.payment.fail", name="off", enabled=False)

    page = socotra.call("fetch_webhooks", **query)

    assert [each["name"] for each in page["items"]] == names


def test_a_deleted_webhook_is_gone(socotra):
    hook = created(socotra)

    socotra.call("delete_webhook", webhook_locator=hook["locator"])

    kind = "fetch_webhook"
    refusal = socotra.refused(kind, webhook_locator=hook["locator"])
    assert refusal == (404, 990404, f"webhook {hook['locator']} does not exist")


def test_a_delivery_is_the_events_envelope_signed(socotra):
    created(socotra)
    socotra.create(1, A)

    [sending] = deliveries.outbox(socotra.sandbox)
    outgoing = deliveries.outgoing(socotra.sandbox, sending)

    digest = hmac.new(b"s3cret", outgoing.body, hashlib.sha256).hexdigest()
    assert (outgoing.url, outgoing.verified) == (URL, True)
    assert dict(outgoing.headers) == {
        "Content-Type": "application/json",
        "X-Socotra-Signature-Sandbox": f"sha256={digest}",
    }
    assert [loads(outgoing.body)] == socotra.events()


def test_a_receiver_that_answers_has_it_delivered(socotra):
    created(socotra)
    socotra.create(1, A)

    answered(socotra, 204)

    assert deliveries.outbox(socotra.sandbox) == ()
    assert made(socotra) == [("socotra.billing.payment.create", "delivered", ["delivered"])]


def test_the_testers_api_shows_a_delivery_with_every_try(socotra_with):
    socotra = told(socotra_with, f"{{ event: {POST}, fail_first: 1 }}", retries=["1 minute"])
    socotra.advance("1 minute")
    [*_, post] = delivered.all_of(socotra.sandbox)
    schema = Place.root(CONTROL)["components"]["schemas"]["Delivery"]

    body = delivered.shown(socotra.sandbox, post)

    assert Schemas("control", CONTROL).check(schema).violations(body, "body") == []
    assert {**body, "body": None, "rule": None} == {
        "id": "3",
        "event": POST,
        "cause": "payment.confirmed",
        "webhook": "inbox",
        "state": "kept",
        "due": "2026-06-01T09:01:00Z",
        "rule": None,
        "body": None,
        "attempts": [
            {
                "number": 1,
                "at": "2026-06-01T09:01:00Z",
                "result": "failed",
                "signature": "none",
                "error": "counted as failed by the scenario",
            },
            {
                "number": 2,
                "at": "2026-06-01T09:02:00Z",
                "result": "kept",
                "signature": "none",
            },
        ],
    }


def test_a_failure_is_retried_on_the_sandboxs_clock(socotra):
    created(socotra, failure=RETRIED)
    socotra.create(1, A)
    answered(socotra, 503)
    waiting = deliveries.outbox(socotra.sandbox)

    socotra.advance("1 minute")
    answered(socotra, None)
    socotra.advance("2 minutes")
    answered(socotra, 200)

    [one] = delivered.all_of(socotra.sandbox)
    assert waiting == ()
    tries = [(t.number, t.at.minute, t.result, t.status, t.error) for t in one.tries]
    assert tries == [
        (1, 0, "failed", 503, None),
        (2, 1, "failed", None, "connection refused"),
        (3, 3, "delivered", 200, None),
    ]  # fmt: skip


def test_an_exponential_strategy_doubles_the_wait(socotra):
    strategy = {"strategyType": "exponential", "attempts": 4, "interval": 30}
    created(socotra, failure={"retryStrategy": strategy})
    socotra.create(1, A)
    answered(socotra, 500)

    for wait in (30, 60, 120, 240):
        socotra.advance(f"{wait} seconds")
        answered(socotra, 500)

    assert made(socotra) == [("socotra.billing.payment.create", "failed", ["failed"] * 5)]
    assert socotra.sandbox.now.minute == 7


def test_without_a_strategy_nothing_is_retried(socotra):
    created(socotra)
    socotra.create(1, A)

    answered(socotra, 500)

    assert made(socotra)[0][1:] == ("failed", ["failed"])


def test_a_failure_that_the_triggers_do_not_name_is_not_retried(socotra):
    created(socotra, failure={**RETRIED, "triggers": ["5xx"]})
    socotra.create(1, A)

    answered(socotra, 404)

    assert made(socotra)[0][1:] == ("failed", ["failed"])


def test_a_webhook_is_suspended_after_its_last_retry_until_it_is_unsuspended(socotra):
    hook = created(socotra, failure={"suspend": True})
    socotra.create(1, A)
    answered(socotra, 500)
    suspended = socotra.call("fetch_webhook", webhook_locator=hook["locator"])
    socotra.create(2, A)

    socotra.call("unsuspend_webhook", webhook_locator=hook["locator"])

    assert (suspended["suspended"], suspended["suspendedAt"]) == (True, "2026-06-01T09:00:00Z")
    assert len(made(socotra)) == 1
    assert socotra.call("fetch_webhook", webhook_locator=hook["locator"]) == hook


def test_a_disabled_webhook_makes_no_deliveries(socotra):
    created(socotra, enabled=False)

    socotra.create(1, A)

    assert made(socotra) == []


def test_a_webhook_hears_of_its_own_tenant_only(socotra):
    created(socotra)

    socotra.call("create_payment", tenant=OTHER, body={"type": "StandardPayment", "amount": 1})

    assert made(socotra) == []


def test_a_webhook_without_a_url_keeps_its_deliveries(socotra):
    socotra.give(**inbox())
    socotra.posted(100, A)

    kinds = ("payment.create", "payment.post", "payment.distribute", "invoice.settle")
    assert made(socotra) == [(f"socotra.billing.{kind}", "kept", ["kept"]) for kind in kinds]
    assert deliveries.outbox(socotra.sandbox) == ()


def test_a_given_webhook_can_wait_for_the_providers_events(socotra):
    socotra.give(**inbox(events=["payment.confirmed", "socotra.billing.payment.request"]))
    socotra.posted(1, A)
    socotra.requested(99, A)

    socotra.advance("1 minute")

    assert [name.removeprefix("socotra.billing.") for name, *_ in made(socotra)] == [
        "payment.request",
        "payment.post",
        "payment.distribute",
        "invoice.settle",
    ]


def test_a_given_webhook_has_waits_of_its_own(socotra):
    socotra.give(**inbox(url=URL, events=[POST], retries=["1 minute", "2 working days"]))
    socotra.posted(1, A)
    answered(socotra, 500)
    socotra.advance("1 minute")
    answered(socotra, 500)

    socotra.advance("2 working days")

    answered(socotra, 200)
    assert made(socotra) == [(POST, "delivered", ["failed", "failed", "delivered"])]


RULES = """
deliveries:
  - %s
"""


def told(socotra_with, rule, **hook):
    """The everyday world with one rule and an inbox, and a payment collected in it."""
    socotra = socotra_with(RULES % rule)
    events = [POST, EXECUTE, "socotra.billing.payment.request"]
    socotra.give(**inbox(events=events, **hook))
    socotra.requested(100, A)
    socotra.advance("1 minute")
    return socotra


def arrived(socotra):
    names = [(each.events[0], each.arrived) for each in delivered.sent(socotra.sandbox)]
    return [(name.removeprefix("socotra.billing.payment."), good) for name, good in names]


def test_fail_first_counts_as_failed_what_was_never_sent(socotra_with):
    socotra = told(
        socotra_with, f"{{ event: {POST}, fail_first: 2 }}", retries=["1 minute", "5 minutes"]
    )

    socotra.run_until_idle()

    assert arrived(socotra)[2:] == [("post", False), ("post", False), ("post", True)]
    [*_, post] = delivered.all_of(socotra.sandbox)
    assert [each.at.minute for each in post.tries] == [1, 2, 7]
    assert post.rule.startswith("socotra-everyday.yaml:")


def test_copies_are_sent_after_the_first_success(socotra_with):
    socotra = told(socotra_with, f"{{ event: {POST}, copies: 2 }}")

    assert arrived(socotra)[2:] == [("post", True), ("post", True)]


def test_a_delivery_can_wait_behind_another_event(socotra_with):
    socotra = told(socotra_with, f"{{ event: {EXECUTE}, behind: {POST} }}")

    order = [name for name, _ in arrived(socotra)]
    assert order == ["request", "post", "execute"]


def test_what_waits_behind_an_event_that_never_comes_is_held(socotra_with):
    never = "socotra.billing.payment.reverse"
    socotra = told(socotra_with, f"{{ event: {EXECUTE}, behind: {never} }}")

    [_, execute, _] = delivered.all_of(socotra.sandbox)
    assert (execute.status, execute.due, execute.behind) == ("held", None, never)
    assert len(socotra.sandbox.state.jobs) == 1  # paid out, in two days


def test_a_lost_delivery_is_never_sent(socotra_with):
    socotra = told(socotra_with, f"{{ event: {EXECUTE}, lost: true }}")

    assert [name for name, _ in arrived(socotra)] == ["request", "post"]
    assert made(socotra)[1] == (EXECUTE, "lost", [])


def test_a_late_delivery(socotra_with):
    socotra = told(socotra_with, f"{{ event: {EXECUTE}, late: 1 hour }}")
    before = [name for name, _ in arrived(socotra)]

    socotra.advance("1 hour")

    assert (before, arrived(socotra)[-1]) == (["request", "post"], ("execute", True))


def test_a_rule_by_the_providers_event_means_every_webhook_that_it_causes(socotra_with):
    socotra = told(socotra_with, "{ event: payment.confirmed, to: inbox, lost: true }")

    assert [name for name, _ in arrived(socotra)] == ["request", "execute"]


def test_a_bad_signature_is_made_with_another_secret(socotra_with):
    rule = f"{{ event: {POST}, bad_signature: true }}"
    socotra = told(socotra_with, rule, url=URL, secret="s3cret")
    sandbox = socotra.sandbox

    outgoings = [deliveries.outgoing(sandbox, each) for each in deliveries.outbox(sandbox)]

    good = [
        dict(each.headers)[deliveries.SIGNATURE]
        == f"sha256={hmac.new(b's3cret', each.body, 'sha256').hexdigest()}"
        for each in outgoings
    ]
    assert good == [True, True, False]
    kinds = [deliveries.signature(sandbox, each) for each in delivered.all_of(sandbox)]
    assert kinds == ["good", "good", "bad"]


def test_nth_counts_each_payment_for_itself(socotra_with):
    socotra = told(socotra_with, f"{{ event: {POST}, nth: 2, per: resource, lost: true }}")
    socotra.requested(1, accountLocator="0000000000ACC0000000000001")
    socotra.advance("1 minute")

    assert [name for name, _ in arrived(socotra)].count("post") == 2


def test_a_lost_notice_has_no_delivery(socotra_with):
    socotra = socotra_with("notices:\n  - { event: payment.confirmed, lost: true }\n")
    socotra.give(**inbox(events=[POST]))
    socotra.requested(100, A)

    socotra.run_until_idle()

    assert made(socotra) == []


def test_a_replay_sends_the_same_body_once_and_is_not_retried(socotra):
    created(socotra, failure=RETRIED)
    socotra.create(1, A)
    answered(socotra, 200)
    [one] = delivered.all_of(socotra.sandbox)

    deliveries.replay(socotra.sandbox, one)
    answered(socotra, 500)

    [one] = delivered.all_of(socotra.sandbox)
    assert [(each.result, each.replay) for each in one.tries] == [
        ("delivered", False),
        ("failed", True),
    ]
    assert (one.status, len(socotra.sandbox.state.jobs)) == ("delivered", 0)


def test_a_tester_sends_again_what_was_kept(socotra):
    socotra.give(**inbox())
    socotra.create(1, A)

    outbound.replay(socotra.sandbox, "1")

    [one] = outbound.listed(socotra.sandbox)
    assert one == outbound.shown(socotra.sandbox, "1")
    assert [(each["result"], each.get("replay")) for each in one["attempts"]] == [
        ("kept", None),
        ("kept", True),
    ]


@pytest.mark.parametrize("id", ["2", "one", "²"])
def test_a_delivery_that_there_is_not(socotra, id):
    with pytest.raises(UnknownResourceError):
        outbound.replay(socotra.sandbox, id)


def test_a_retry_for_a_webhook_that_was_deleted_is_given_up(socotra):
    hook = created(socotra, failure=RETRIED)
    socotra.create(1, A)
    answered(socotra, 500)
    socotra.call("delete_webhook", webhook_locator=hook["locator"])

    socotra.advance("1 minute")

    [one] = delivered.all_of(socotra.sandbox)
    assert (one.status, one.tries[-1].error) == ("failed", "the webhook is deleted")
