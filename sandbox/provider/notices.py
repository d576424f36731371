"""Notices: what the provider tells an API about an event, and when. A view knows nothing else.

Whether a notice is late, lost or out of order is a scenario's to say. This file tells it, keeps
what was not told, and never lets an older notice change what a newer one has said.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import cast

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from sandbox.engine.events import Event
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Job, Subject
from sandbox.engine.series import Series
from sandbox.provider.truth import Known

PART = "notices"
KIND = "notice"


class Fate(StrEnum):
    """What became of a notice."""

    TOLD = "told"
    STALE = "stale"  # it came, but the API had heard of something newer: it changed nothing
    LATE = "late"
    LOST = "lost"
    HELD = "held"  # until the API has heard of another event


class Notice(Struct, frozen=True):
    """One telling of one event to one API. `rule` is the scenario's, where one had a say."""

    event: int
    api: str
    fate: Fate
    at: datetime
    rule: str = ""
    will_retry: bool = False
    job: int = 0
    behind: str = ""


class Notices(Struct, frozen=True):
    """What was told, in order, and what is still owed.

    `heard` is the number of the newest event that an API has heard of, by API and resource. `owed`
    are the late, lost and held notices, by API and event number.
    """

    told: Series[Notice] = Series()
    heard: Map[tuple[str, Subject], int] = Map()
    owed: Map[tuple[str, int], Notice] = Map()


NONE = Notices()


def of(sandbox: Sandbox) -> Notices:
    """What this sandbox's APIs were told, and what they are owed."""
    return sandbox.part(PART, NONE)


def heard(sandbox: Sandbox, api: str, subject: Subject) -> Event | None:
    """The newest event of `subject` that `api` has heard of: what it knows of the status."""
    number = of(sandbox).heard.get((api, subject))
    return sandbox.event(number) if number else None


def tell(
    sandbox: Sandbox, event: Event, api: str, *, will_retry: bool = False, rule: str = ""
) -> None:
    """Tell `api` of `event` in this instant, after what is being done now."""
    _plan(sandbox, Notice(event.number, api, Fate.TOLD, sandbox.now, rule, will_retry))


def tell_late(sandbox: Sandbox, event: Event, notice: Notice) -> None:
    """Tell it at `notice.at`. Until then the API's view is stale."""
    late = replace(notice, event=event.number, fate=Fate.LATE)
    _owe(sandbox, replace(late, job=_plan(sandbox, late)))


def lose(sandbox: Sandbox, event: Event, api: str, *, rule: str) -> None:
    """Never tell it. Only a reprocess of the API's own brings its view in line."""
    _owe(sandbox, Notice(event.number, api, Fate.LOST, sandbox.now, rule))


def hold(sandbox: Sandbox, event: Event, notice: Notice) -> None:
    """Tell it once the API has heard of the event `notice.behind` of the same resource."""
    _owe(sandbox, replace(notice, event=event.number, fate=Fate.HELD))


def know(sandbox: Sandbox, api: str, subject: Subject) -> None:
    """`api` has just had this done itself: what it will be told of it up to now is no news."""
    notices = of(sandbox)
    newest = next(event for event in reversed(sandbox.state.events) if event.subject == subject)
    heard = notices.heard.set((api, subject), newest.number)
    sandbox.keep_part(PART, replace(notices, heard=heard))


def settle(sandbox: Sandbox, api: str, provider: int | None = None) -> list[Event]:
    """Tell `api` all that it is owed, in the events' order; of one provider, if it is given.

    Answers the events that were news.
    """

    def is_meant(number: int) -> bool:
        its = getattr(sandbox.subject(sandbox.event(number).subject), "provider", None)
        return provider is None or its == provider

    notices = of(sandbox)
    numbers = sorted(number for name, number in notices.owed if name == api and is_meant(number))
    left = notices.owed
    for number in numbers:
        left = left.delete((api, number))
    # None is owed any more, so that none of them is told a second time, behind another.
    sandbox.keep_part(PART, replace(notices, owed=left))
    news = []
    for number in numbers:
        notice = notices.owed[api, number]
        sandbox.call_off(notice.job)
        if _hear(sandbox, notice):
            news.append(sandbox.event(number))
    return news


def arrive(sandbox: Sandbox, job: Job) -> None:
    """The handler of a notice's job."""
    arguments = job.arguments
    _hear(
        sandbox,
        Notice(
            event=arguments["event"],
            api=arguments["api"],
            fate=Fate.TOLD,
            at=sandbox.now,
            rule=arguments["rule"],
            will_retry=arguments["will_retry"],
            job=0,
            behind="",
        ),
    )


def acquaint(sandbox: Sandbox, event: Event) -> None:
    """What was there before the first call, every API that it is known to has heard of."""
    notices = of(sandbox)
    heard = notices.heard
    given = cast("Known", sandbox.subject(event.subject))
    for api in given.known_to(sandbox.wiring.hearers):
        heard = heard.set((api, event.subject), event.number)
    sandbox.keep_part(PART, replace(notices, heard=heard))


def _plan(sandbox: Sandbox, notice: Notice) -> int:
    return sandbox.plan(
        notice.at,
        KIND,
        sandbox.event(notice.event).subject,
        event=notice.event,
        api=notice.api,
        rule=notice.rule,
        will_retry=notice.will_retry,
    )


def _owe(sandbox: Sandbox, notice: Notice) -> None:
    notices = of(sandbox)
    owed = notices.owed.set((notice.api, notice.event), notice)
    sandbox.keep_part(PART, replace(notices, owed=owed))


def _hear(sandbox: Sandbox, notice: Notice) -> bool:
    """Let the API hear it, unless it has heard of something newer. Whether it was news."""
    notices = of(sandbox)
    event = sandbox.event(notice.event)
    place = (notice.api, event.subject)
    is_news = event.number > notices.heard.get(place, 0)
    fate = Fate.TOLD if is_news else Fate.STALE
    as_it_is = notice.fate == fate and notice.at == sandbox.now
    told = notice if as_it_is else replace(notice, fate=fate, at=sandbox.now)
    due = (notice.api, notice.event)
    sandbox.keep_part(
        PART,
        Notices(
            told=notices.told.plus(told),
            heard=notices.heard.set(place, event.number) if is_news else notices.heard,
            owed=notices.owed.delete(due) if due in notices.owed else notices.owed,
        ),
    )
    if is_news:
        sandbox.wiring.hearers[notice.api](sandbox, event, notice.will_retry)
        _tell_held(sandbox, event, notice.api)
    return is_news


def _tell_held(sandbox: Sandbox, event: Event, api: str) -> None:
    owed = of(sandbox).owed
    for (name, number), notice in sorted(owed.items(), key=lambda item: item[0]) if owed else ():
        waits = notice.fate == Fate.HELD and notice.behind == event.name
        if name == api and waits and sandbox.event(number).subject == event.subject:
            _hear(sandbox, notice)


HANDLERS: Mapping[str, Callable[[Sandbox, Job], None]] = Map({KIND: arrive})
