"""The event stream: what Socotra says has happened, in order, and in whose request."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from immutables import Map

from sandbox.apis.socotra import locators
from sandbox.apis.socotra.access import Caller
from sandbox.apis.socotra.models import Invoice, Payment, ShortfallCredit, StreamEvent
from sandbox.apis.socotra.refusals import MalformedError
from sandbox.apis.socotra.rules import deliveries
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.series import Series

KINDS: Map[str, str] = Map(
    {
        "billing.payment.create": "A payment was created.",
        "billing.payment.validationfailed": "A payment did not pass its validation.",
        "billing.payment.request": "A payment is to be collected.",
        "billing.payment.execute": "An attempt to collect a payment has started.",
        "billing.payment.post": "A payment was posted.",
        "billing.payment.distribute": "A payment was distributed to its targets.",
        "billing.payment.fail": "A payment has failed.",
        "billing.payment.cancel": "A payment was cancelled.",
        "billing.payment.reverse": "A payment was reversed.",
        "billing.payment.anonymize": "A payment was anonymised.",
        "billing.shortfallcredit.create": "A shortfall credit was created.",
        "billing.shortfallcredit.distribute": "A shortfall credit was distributed.",
        "billing.shortfallcredit.reverse": "A shortfall credit was reversed.",
        "billing.invoice.generate": "An invoice was generated.",
        "billing.invoice.settle": "An invoice was settled.",
        "billing.invoice.unsettle": "A settled invoice is open again.",
        "billing.invoice.autopay": "An invoice's autopay time has come.",
        "billing.invoice.autopayfailed": "Autopay of an invoice has failed.",
        "billing.creditdistribution.create": "A credit distribution was created.",
        "billing.creditdistribution.distribute": "A credit distribution was distributed.",
        "billing.creditdistribution.reverse": "A credit distribution was reversed.",
        "billing.writeoff.create": "A write-off was created.",
        "billing.writeoff.distribute": "A write-off was distributed.",
        "billing.writeoff.reverse": "A write-off was reversed.",
        "billing.disbursement.create": "A disbursement was created.",
        "billing.disbursement.approve": "A disbursement was approved.",
        "billing.disbursement.execute": "A disbursement was executed.",
        "billing.disbursement.reject": "A disbursement was rejected.",
        "billing.disbursement.reverse": "A disbursement was reversed.",
        "billing.disbursement.anonymize": "A disbursement was anonymised.",
        "payment.numberAssignmentFailed": "A payment could not be given a number.",
    }
)
"""The types that the vendor documents, and what they tell. Not all of them happen here."""


def tell_payment(sandbox: Sandbox, caller: Caller, what: str, payment: Payment) -> None:
    """`billing.payment.<what>`."""
    data = {"paymentLocator": payment.locator, "policyLocators": _no_policies()}
    _tell(sandbox, caller, f"billing.payment.{what}", payment.tenant, data, payment.id)


def tell_number_failed(sandbox: Sandbox, caller: Caller, payment: Payment) -> None:
    """`payment.numberAssignmentFailed`, without a prefix (documented)."""
    data = {"entityLocator": payment.locator}
    _tell(sandbox, caller, "payment.numberAssignmentFailed", payment.tenant, data, payment.id)


def tell_credit(sandbox: Sandbox, caller: Caller, what: str, credit: ShortfallCredit) -> None:
    """`billing.shortfallcredit.<what>`."""
    data = {"shortfallCreditLocator": credit.locator}
    kind = f"billing.shortfallcredit.{what}"
    _tell(sandbox, caller, kind, credit.tenant, data, credit.payment)


def tell_invoice(sandbox: Sandbox, caller: Caller, what: str, invoice: Invoice) -> None:
    """`billing.invoice.<what>`."""
    data = {
        "invoiceLocator": invoice.locator,
        "accountLocator": invoice.account,
        "invoiceType": "aggregate" if invoice.is_aggregate else "normal",
        "policyLocators": _no_policies(),
    }
    _tell(sandbox, caller, f"billing.invoice.{what}", invoice.tenant, data)


def _no_policies() -> dict[str, Any]:
    return {"listCompleted": True, "items": []}


def _tell(  # noqa: PLR0913, PLR0917  what an event is made of
    sandbox: Sandbox,
    caller: Caller,
    kind: str,
    tenant: str,
    data: dict[str, Any],
    payment: int = 0,
) -> None:
    if caller.quiet:
        return
    id = sandbox.next_id(StreamEvent)
    event = StreamEvent(
        id=id,
        locator=locators.made(sandbox, "event", id, caller.at),
        tenant=tenant,
        kind=kind,
        request=caller.request,
        user=caller.user,
        at=caller.at,
        data=orjson.dumps(data).decode(),
        cause=caller.trigger,
        payment=payment,
    )
    deliveries.plan(sandbox, sandbox.keep(event))


class Query(NamedTuple):
    """What a listing of the stream asks for; `after` is the number of the last event seen."""

    after: int = 0
    start: datetime | None = None
    end: datetime | None = None
    kind: str = ""
    size: int = 100


def asked(
    start: str | None, end: str | None, kind: str | None, size: int, token: str | None
) -> Query:
    """The query of a call. A token excludes everything else (documented)."""
    if token is None:
        return Query(
            0, _read("startTimestamp", start), _read("endTimestamp", end), kind or "", size
        )
    if start or end or kind or size != Query().size:
        raise MalformedError("pagingToken", "excludes the other parameters")
    return of_token(token)


def _read(name: str, text: str | None) -> datetime | None:
    try:
        return _instant(text)
    except (ValueError, OverflowError):
        raise MalformedError(name, "is no date-time") from None


def definitions() -> list[dict[str, str]]:
    """Every type of event."""
    return [{"type": kind, "description": KINDS[kind]} for kind in sorted(KINDS)]


class Stretch(NamedTuple):
    """A stretch of the stream, and the token to go on with."""

    events: list[StreamEvent]
    token: str


def stretch(sandbox: Sandbox, tenant: str, query: Query) -> Stretch:
    """The next events that the query asks for, oldest first."""
    events: list[StreamEvent] = []
    for event in _from(sandbox, query):
        if len(events) == query.size or (query.end and event.at >= query.end):
            break
        if event.tenant in ("", tenant):
            events.append(event)
    last = events[-1].id if events else query.after
    return Stretch(events, _token(query._replace(after=last)))


def _from(sandbox: Sandbox, query: Query) -> Iterator[StreamEvent]:
    """The events from where the query starts."""
    kind = {"kind": query.kind} if query.kind else {}
    ids: Series[int] | list[int] = sandbox.ids(StreamEvent, **kind).in_order()
    place = bisect_left(ids, query.after + 1)
    if query.start:
        place = bisect_left(
            ids, query.start, lo=place, key=lambda id: sandbox.get(StreamEvent, id).at
        )
    for number in range(place, len(ids)):
        yield sandbox.get(StreamEvent, ids[number])


def _token(query: Query) -> str:
    return urlsafe_b64encode(orjson.dumps(list(query))).rstrip(b"=").decode()


def of_token(token: str) -> Query:
    """The query that a token goes on with. MalformedError for what was never given out."""
    try:
        padded = token.encode() + b"=" * (-len(token) % 4)
        after, start, end, kind, size = orjson.loads(urlsafe_b64decode(padded))
        return Query(int(after), _instant(start), _instant(end), str(kind), int(size))
    except (AttributeError, ValueError, TypeError, OverflowError):
        raise MalformedError("pagingToken", "is none that the stream has given out") from None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.upper()).astimezone(UTC) if text else None
