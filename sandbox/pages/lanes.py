"""The timeline, drawn: time runs down to scale, past above and future below, a lane a resource.

Decides where everything stands; the template draws it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sandbox.engine.calendar import Calendar, CalendarName
from sandbox.pages.words import instant, plain

MOST_LANES = 10
MOST_DAYS = 90  # of which half may be past
LEFT, TOP, BOTTOM = 104, 8, 24
LANE, LABEL, FROM_POINT = 160, 15, 13
ABREAST = 3  # lanes that fit beside the lists
TALLEST, SHORTEST, HEIGHT = 220, 26, 900  # of a day; of the whole, where days may stretch
MOST_LETTERS = 22
ONE_DAY = timedelta(days=1)

GOOD = frozenset(
    {"active", "confirmed", "paid_out", "settled", "executed", "paid", "authorised", "scheduled"}
)
BAD = frozenset(
    {"failed", "cancelled", "charged_back", "denied", "abandoned", "bounced", "expired", "blocked",
     "funds_returned", "suspended"}
)  # fmt: skip


def mood(status: str | None) -> str:
    """Whether a status is what one hopes for."""
    return "good" if status in GOOD else "bad" if status in BAD else "plain"


@dataclass(frozen=True, slots=True)
class Point:
    """Something that happened, or will. Its label stands lower where another is in its place."""

    at: str
    y: float
    label: str
    label_y: float
    title: str
    mood: str
    is_past: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """One resource."""

    type: str
    id: int
    ref: str
    status: str
    x: float
    points: tuple[Point, ...]

    @property
    def past(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.is_past)

    @property
    def coming(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if not point.is_past)


@dataclass(frozen=True, slots=True)
class Day:
    """A local day of the sandbox's calendar."""

    label: str
    y: float
    height: float
    is_open: bool
    cut_off_y: float | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it, in pixels. `left_out` says what is not in it."""

    width: float
    height: float
    now_y: float
    days: tuple[Day, ...]
    lanes: tuple[Lane, ...]
    left_out: str

    @property
    def is_wide(self) -> bool:
        """Whether it wants the page's whole width."""
        return len(self.lanes) > ABREAST


@dataclass(slots=True)
class Track:
    """What there is of one resource, before it has a place."""

    type: str
    id: int
    ref: str
    status: str = ""
    marks: list[tuple[datetime, str, str, str | None, bool]] = field(default_factory=list)

    @property
    def is_still(self) -> bool:
        """Whether it was only given."""
        return all(label == "given" for _, label, *_ in self.marks)


def calendar_of(given: Mapping[str, Any]) -> Calendar:
    """The sandbox's calendar, from what its scenario gives."""
    cut_off = given["cutOff"]
    return Calendar(
        name=CalendarName(given["calendar"]),
        timezone=given["timezone"],
        holidays=frozenset(map(date.fromisoformat, given["holidays"])),
        cut_off=time.fromisoformat(cut_off) if cut_off else None,
    )


def draw(
    now: datetime, events: Sequence[Any], jobs: Iterable[Any], calendar: Calendar
) -> Drawing | None:
    """The drawing, or nothing where there is nothing to see."""
    steps = [job for job in jobs if job.get("resource") and job["kind"] == "step"]
    tracks = _tracks(events, steps)
    chosen = _chosen(tracks)
    instants = [mark[0] for track in chosen for mark in track.marks]
    if not instants:
        return None
    half = MOST_DAYS // 2 * ONE_DAY
    start = _midnight(calendar, max(min(instants), now - half))
    end = _midnight(calendar, min(max(*instants, now), now + half)) + ONE_DAY
    scale = _Scale(start, end, calendar)
    lanes = tuple(
        _lane(track, LEFT + LANE * place, scale, start, end) for place, track in enumerate(chosen)
    )
    labels = [point.label_y for lane in lanes for point in lane.points]
    outside = sum(not start <= at < end for at in instants)
    return Drawing(
        width=LEFT + LANE * len(lanes),
        height=max([scale.y(end), *labels]) + BOTTOM,
        now_y=scale.y(now),
        days=tuple(scale.days()),
        lanes=lanes,
        left_out=_left_out(len(tracks) - len(chosen), outside),
    )


class _Scale:
    """How many pixels a day is long."""

    def __init__(self, start: datetime, end: datetime, calendar: Calendar) -> None:
        self._start = start
        self._calendar = calendar
        self._first = calendar.local(start + ONE_DAY / 2).date()
        self._count = max(1, round((end - start) / ONE_DAY))
        self._day = min(TALLEST, max(SHORTEST, HEIGHT / self._count))

    def y(self, at: datetime) -> float:
        return round(TOP + (at - self._start) / ONE_DAY * self._day, 1)

    def days(self) -> Iterable[Day]:
        calendar = self._calendar
        for number in range(self._count):
            day = self._first + number * ONE_DAY
            y, end = self.y(calendar.instant(day)), self.y(calendar.instant(day + ONE_DAY))
            is_open = calendar.is_open(day)
            cut_off = calendar.cut_off if is_open else None
            yield Day(
                label=f"{day:%a %d %b}",
                y=y,
                height=end - y,
                is_open=is_open,
                cut_off_y=self.y(calendar.instant(day, cut_off)) if cut_off else None,
            )


def _midnight(calendar: Calendar, at: datetime) -> datetime:
    return calendar.instant(calendar.local(at.astimezone(UTC)).date())


def _tracks(events: Iterable[Any], steps: Iterable[Any]) -> list[Track]:
    tracks: dict[tuple[str, int], Track] = {}
    for event in events:
        track = _track(tracks, event)
        track.status = event["to"] or track.status
        _mark(track, event, event["at"], is_past=True)
    for job in steps:
        _mark(_track(tracks, job), job, job["due"], is_past=False)
    return list(tracks.values())


def _track(tracks: dict[tuple[str, int], Track], about: Any) -> Track:
    key = (about["resource"], about["id"])
    return tracks.setdefault(key, Track(*key, about["ref"]))


def _mark(track: Track, said: Any, at: str, *, is_past: bool) -> None:
    name = (said.get("event") or "").partition(".")[2] or said.get("to") or "goes on"
    reason = said.get("reason") or {}
    code = reason.get("schemeCode")
    label = f"{plain(name)} {code}" if code else plain(name)
    title = " ".join(filter(None, [said.get("event") or said.get("text"), said.get("rule")]))
    track.marks.append((instant(at), label, title, said.get("to"), is_past))


def _chosen(tracks: list[Track]) -> list[Track]:
    """Those in which most lately something happened, in the order of their beginning."""
    busy = [track for track in tracks if not track.is_still] or tracks
    latest = sorted(busy, key=lambda track: max(mark[0] for mark in track.marks))[-MOST_LANES:]
    return [track for track in tracks if track in latest]


def _lane(track: Track, x: float, scale: _Scale, start: datetime, end: datetime) -> Lane:
    points: list[Point] = []
    for at, label, title, to, is_past in track.marks:
        if not start <= at < end:
            continue
        y = scale.y(at)
        label_y = max(y, points[-1].label_y + LABEL) if points else y
        short = label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"
        when = f"{at:%d %b %H:%M}"
        points.append(Point(when, y, short, label_y, f"{when} UTC: {title}", mood(to), is_past))
    return Lane(track.type, track.id, track.ref, track.status, x + FROM_POINT, tuple(points))


def _left_out(lanes: int, marks: int) -> str:
    said = [
        f"{what}: {count}"
        for count, what in ((lanes, "resources"), (marks, "moments too far from now"))
        if count
    ]
    return f"not drawn: {', '.join(said)}" if said else ""
