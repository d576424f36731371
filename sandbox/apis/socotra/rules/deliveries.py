"""Deliveries: each event of the stream on its way to each webhook that wants it, try by try.

A delivery is a value, its tries are jobs on the sandbox's clock. Nothing is sent here: what is to
be posted waits in the outbox for web/, which tells `record` how it went. A webhook without a url
keeps its deliveries. A scenario's `deliveries` rules have their say. All of it is chosen.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

import orjson
from immutables import Map
from msgspec.structs import replace

from sandbox.apis.socotra.envelopes import envelope
from sandbox.apis.socotra.lifecycles import DeliveryLifecycle, DeliveryState
from sandbox.apis.socotra.models import Payment as ViewedPayment
from sandbox.apis.socotra.models import StreamEvent, Webhook
from sandbox.engine.calendar import parse_duration
from sandbox.engine.events import Cause
from sandbox.engine.sandbox import Handler, Sandbox
from sandbox.engine.scheduler import Job
from sandbox.engine.state import Resource
from sandbox.provider.payments import Payment
from sandbox.scenario.language.model import DeliveryRule
from sandbox.scenario.running.call_rules import delivery_rule
from sandbox.scenario.running.plans import Ready
from sandbox.scenario.running.underway import SCENARIO

KIND = "socotra.delivery"
OUTBOX = "socotra.outbox"
TRIES = "socotra.tries"  # the part that counts them
SIGNATURE = "X-Socotra-Signature-Sandbox"
TIMEOUT = "timeout"
COUNTED_AS_FAILED = "counted as failed by the scenario"


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a delivery: `result` is delivered, kept or failed, `signature` good, bad or none.

    `status` is what the receiver answered; `replay`: a tester asked for it.
    """

    number: int
    at: datetime
    result: str
    signature: str
    status: int | None = None
    error: str | None = None
    replay: bool = False
    order: int = 0  # among all tries of the sandbox


class Delivery(Resource, frozen=True, kw_only=True):
    """One event for one webhook, whose name is `to`.

    `name` is the event's with its API, `cause` the provider's event that it tells of, if it does.
    `payment` is the id of the payment that it is about (0: none). What a rule, `rule` as
    `file:line`, says of it: `behind`, `fail_first` and `copies` (how many are still to come),
    `bad_signature`. `retries` counts those made.
    """

    type: ClassVar[str] = "delivery"
    indexed: ClassVar[tuple[str, ...]] = ("event", "webhook", "held_for")

    webhook: int
    to: str
    event: int
    name: str
    cause: str
    payment: int
    status: DeliveryState
    due: datetime | None
    rule: str = ""
    behind: str = ""
    fail_first: int = 0
    copies: int = 1
    bad_signature: bool = False
    retries: int = 0
    tries: tuple[Try, ...] = ()

    @property
    def held_for(self) -> int | None:
        """The webhook, while it is held."""
        return self.webhook if self.status == DeliveryState.HELD else None


class Sending(NamedTuple):
    """An entry of the outbox: which delivery is to be posted now."""

    delivery: int
    replay: bool = False


class Outgoing(NamedTuple):
    """What is to be posted; `verified`: the receiver's certificate is to be checked."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    verified: bool


def plan(sandbox: Sandbox, event: StreamEvent) -> None:
    """Have every webhook that wants `event` be told of it, as the scenario says."""
    cause = sandbox.event(event.cause).name if event.cause else ""
    for webhook in sandbox.all(Webhook):
        if _wants(webhook, event, cause):
            _plan_one(sandbox, event, cause, webhook)


def _wants(webhook: Webhook, event: StreamEvent, cause: str) -> bool:
    if not webhook.enabled or webhook.suspended_at:
        return False
    if webhook.tenant and event.tenant not in ("", webhook.tenant):
        return False
    return event.kind in webhook.kinds or (cause != "" and cause in webhook.causes)


def _plan_one(sandbox: Sandbox, event: StreamEvent, cause: str, webhook: Webhook) -> None:
    name = f"socotra.{event.kind}"
    won = _rule(sandbox, event, (name, cause) if cause else (name,), webhook)
    rule = won.rule if won else PLAIN
    id = sandbox.next_id(Delivery)
    delivery = Delivery(
        id=id,
        ref=sandbox.next_ref(Delivery),
        webhook=webhook.id,
        to=webhook.ref,
        event=event.id,
        name=name,
        cause=cause,
        payment=event.payment,
        status=DeliveryState.PENDING,
        due=sandbox.now if rule.late is None else sandbox.calendar.plus(sandbox.now, rule.late),
        rule=won.where if won else "",
        behind=rule.behind or "",
        fail_first=rule.fail_first,
        copies=rule.copies,
        bad_signature=rule.bad_signature,
    )
    if rule.lost:
        sandbox.keep(replace(delivery, status=DeliveryState.LOST, due=None))
    elif rule.behind and not _arrived(sandbox, delivery, rule.behind):
        sandbox.keep(replace(delivery, status=DeliveryState.HELD, due=None))
    else:
        _plan_try(sandbox, sandbox.keep(delivery))


PLAIN = DeliveryRule(event="", line=0)


def _rule(
    sandbox: Sandbox, event: StreamEvent, events: tuple[str, ...], webhook: Webhook
) -> Ready[DeliveryRule] | None:
    """The scenario's rule for this event and this webhook, if there is one."""
    if SCENARIO not in sandbox.state.parts:
        return None
    payment = sandbox.find(ViewedPayment, event.payment)
    truth = sandbox.find(Payment, payment.provider_payment) if payment else None
    return delivery_rule(sandbox, events, truth or payment or event, webhook.ref)


def _is_about(waits: str, name: str, cause: str) -> bool:
    """Whether a rule's or an expectation's event means this one, by either name."""
    if waits.endswith(".*"):
        return cause.startswith(waits[:-1])
    return waits in (name, cause)


def _arrived(sandbox: Sandbox, delivery: Delivery, behind: str) -> bool:
    """Whether the event that it waits for has reached the webhook, for the same payment."""
    return any(
        other.status in (DeliveryState.DELIVERED, DeliveryState.KEPT)
        and other.payment == delivery.payment
        and _is_about(behind, other.name, other.cause)
        for other in sandbox.all(Delivery, webhook=delivery.webhook)
    )


def _plan_try(sandbox: Sandbox, delivery: Delivery, wait: timedelta | None = None) -> None:
    due = sandbox.now + wait if wait is not None else delivery.due or sandbox.now
    sandbox.plan(due, KIND, delivery.subject)


def try_now(sandbox: Sandbox, job: Job) -> None:
    """The handler of a try's job."""
    delivery = sandbox.get(Delivery, job.subject.id)
    webhook = sandbox.find(Webhook, delivery.webhook)
    if delivery.status != DeliveryState.PENDING:
        return
    if webhook is None or not webhook.enabled or webhook.suspended_at:
        why = "deleted" if webhook is None else "suspended" if webhook.enabled else "disabled"
        _give_up(sandbox, _tried(sandbox, delivery, "failed", error=f"the webhook is {why}"))
    elif delivery.fail_first:
        less = sandbox.keep(replace(delivery, fail_first=delivery.fail_first - 1))
        _failed(sandbox, webhook, less, TIMEOUT, error=COUNTED_AS_FAILED, counted=True)
    elif not endpoint(webhook)["url"]:
        _succeeded(sandbox, _tried(sandbox, delivery, "kept"), DeliveryLifecycle.keep)
    else:
        _post(sandbox, Sending(delivery.id))


def replay(sandbox: Sandbox, delivery: Delivery) -> Delivery:
    """Send it once more, at once, whatever became of it before: a tester asks."""
    webhook = sandbox.find(Webhook, delivery.webhook)
    if webhook is None:
        return _tried(sandbox, delivery, "failed", error="the webhook is deleted", replay=True)
    if not endpoint(webhook)["url"]:
        return _tried(sandbox, delivery, "kept", replay=True)
    _post(sandbox, Sending(delivery.id, replay=True))
    return delivery


def outbox(sandbox: Sandbox) -> tuple[Sending, ...]:
    """What web/ has to post now, in this order."""
    return sandbox.part(OUTBOX, ())


def _post(sandbox: Sandbox, sending: Sending) -> None:
    sandbox.keep_part(OUTBOX, (*outbox(sandbox), sending))


def outgoing(sandbox: Sandbox, sending: Sending) -> Outgoing:
    """What is to be posted for an entry of the outbox."""
    delivery = sandbox.get(Delivery, sending.delivery)
    target = endpoint(sandbox.get(Webhook, delivery.webhook))
    body = orjson.dumps(envelope(sandbox.get(StreamEvent, delivery.event)))
    headers = [("Content-Type", "application/json")]
    headers += [(name, value) for name, all in target["headers"].items() for value in all]
    if signature(sandbox, delivery) != "none":
        secret = target["secret"] + ("?" if delivery.bad_signature else "")
        digest = hmac.new(secret.encode(), body, "sha256").hexdigest()
        headers.append((SIGNATURE, f"sha256={digest}"))
    return Outgoing(target["url"], tuple(headers), body, target["secureSsl"])


def record(
    sandbox: Sandbox, sending: Sending, status: int | None, error: str | None = None
) -> None:
    """How a post went: what the receiver answered, or why it did not. Plans what follows."""
    sandbox.keep_part(OUTBOX, tuple(one for one in outbox(sandbox) if one != sending))
    delivery = sandbox.get(Delivery, sending.delivery)
    webhook = sandbox.find(Webhook, delivery.webhook)
    good = status is not None and 200 <= status < 300  # noqa: PLR2004
    if sending.replay:
        result = "delivered" if good else "failed"
        _tried(sandbox, delivery, result, status=status, error=error, replay=True)
    elif good:
        tried = _tried(sandbox, delivery, "delivered", status=status)
        _succeeded(sandbox, tried, DeliveryLifecycle.deliver)
    elif webhook is None:
        _give_up(sandbox, _tried(sandbox, delivery, "failed", status=status, error=error))
    else:
        kind = f"{status // 100}xx" if status else TIMEOUT
        _failed(sandbox, webhook, delivery, kind, status=status, error=error)


def give_up(sandbox: Sandbox, sending: Sending, why: str) -> None:
    """An entry of the outbox that is not posted: its delivery has failed, and is not retried."""
    sandbox.keep_part(OUTBOX, tuple(one for one in outbox(sandbox) if one != sending))
    delivery = sandbox.get(Delivery, sending.delivery)
    tried = _tried(sandbox, delivery, "failed", error=why, replay=sending.replay)
    if not sending.replay:
        _give_up(sandbox, tried)


def _tried(sandbox: Sandbox, delivery: Delivery, result: str, **more: Any) -> Delivery:
    number = len(delivery.tries) + 1
    order = sandbox.part(TRIES, 0) + 1
    sandbox.keep_part(TRIES, order)
    more["order"] = order
    one = Try(number, sandbox.now, result, signature(sandbox, delivery), **more)
    return sandbox.keep(replace(delivery, tries=(*delivery.tries, one)))


def _succeeded(sandbox: Sandbox, delivery: Delivery, move: Any) -> None:
    if delivery.copies > 1:
        _plan_try(sandbox, sandbox.keep(replace(delivery, copies=delivery.copies - 1)), NO_WAIT)
        return
    moved = sandbox.make(delivery, move, cause=_cause(delivery))
    for other in list(sandbox.all(Delivery, held_for=moved.webhook)):
        about = other.payment == moved.payment
        if about and _is_about(other.behind, moved.name, moved.cause):
            cause = _cause(other)
            released = sandbox.make(other, DeliveryLifecycle.release, cause=cause)
            _plan_try(sandbox, sandbox.keep(replace(released, due=sandbox.now)))


NO_WAIT = timedelta()


def _failed(  # noqa: PLR0913
    sandbox: Sandbox,
    webhook: Webhook,
    delivery: Delivery,
    kind: str,
    *,
    status: int | None = None,
    error: str | None = None,
    counted: bool = False,
) -> None:
    """A failure of a kind that the webhook's `triggers` name is retried, as long as it says."""
    tried = _tried(sandbox, delivery, "failed", status=status, error=error)
    failures = orjson.loads(webhook.failures)
    if not counted and kind not in failures["triggers"]:
        _give_up(sandbox, tried)
    elif tried.retries < len(webhook.waits):
        again = sandbox.keep(replace(tried, retries=tried.retries + 1))
        _plan_try(sandbox, again, _wait(sandbox, webhook.waits[tried.retries]))
    else:
        _give_up(sandbox, tried)
        if failures["suspend"]:
            sandbox.keep(replace(webhook, suspended_at=sandbox.now))


def _wait(sandbox: Sandbox, wait: int | str) -> timedelta:
    if isinstance(wait, int):
        return timedelta(seconds=wait)
    return sandbox.calendar.plus(sandbox.now, parse_duration(wait)) - sandbox.now


def _give_up(sandbox: Sandbox, delivery: Delivery) -> None:
    sandbox.make(delivery, DeliveryLifecycle.fail, cause=_cause(delivery))


def _cause(delivery: Delivery) -> Cause:
    return Cause(delivery.rule or "client")


def endpoint(webhook: Webhook) -> Mapping[str, Any]:
    """Where its deliveries go, as the vendor writes it."""
    found: Mapping[str, Any] = orjson.loads(webhook.endpoint)
    return found


def signature(sandbox: Sandbox, delivery: Delivery) -> str:
    """Whether it is signed: good, bad on purpose, or none for want of a secret."""
    webhook = sandbox.find(Webhook, delivery.webhook)
    target = endpoint(webhook) if webhook else {}
    if not (target.get("hmacEnabled") and target.get("secret")):
        return "none"
    return "bad" if delivery.bad_signature else "good"


HANDLERS: Mapping[str, Handler] = Map({KIND: try_now})
