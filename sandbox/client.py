"""A client of the testers' API: `Sandbox` is one isolated world, named as your tests like.

It imports no server code. Everything it returns is what the server said, in the server's words:
instants are UTC, amounts decimal strings in major units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import requests

Json = Any
TIMEOUT = 30.0
"""Seconds to wait for an answer, beyond what a call waits for by itself."""


class SandboxError(Exception):
    """The server refused a call. `code` and `details` are the answer's, `request` the journal's id.

    Codes and details: `specs/control.yaml`, Error.
    """

    def __init__(self, answer: requests.Response) -> None:
        error = _error(answer)
        self.status = answer.status_code
        self.code: str = error.get("code", "")
        self.details: list[Json] = error.get("details", [])
        self.request = answer.headers.get("X-Sandbox-Request", "")
        message = error.get("message") or answer.text
        lines = [f"{answer.status_code} {self.code}: {message}", *map(_told, self.details)]
        super().__init__("\n  ".join(lines))


class NothingHappenedError(TimeoutError):
    """`wait_for` waited in vain. `events` are those that did happen meanwhile."""

    def __init__(self, type: str, seconds: float, events: "Sequence[Event]") -> None:
        self.events = tuple(events)
        happened = ", ".join(event.event for event in events) or "nothing"
        super().__init__(f"no {type} within {seconds:g} s; what happened: {happened}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at the provider. `number` counts events; 0 in a receipt.

    `was` and `became` are equal where no status changed. `rule` says on whose word: `file:line`,
    `law <n>`, `client` or `tester`.
    """

    at: datetime
    event: str
    resource: str
    id: int
    ref: str
    reference: str | None
    was: str | None
    became: str | None
    reason: Mapping[str, Json] | None
    rule: str
    number: int = 0

    @classmethod
    def from_json(cls, item: Json) -> "Event":
        return cls(
            at=datetime.fromisoformat(item["at"]),
            event=item["event"],
            resource=item["resource"],
            id=item["id"],
            ref=item["ref"],
            reference=item["reference"],
            was=item["from"],
            became=item["to"],
            reason=item["reason"],
            rule=item["rule"],
            number=item.get("number", 0),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an advance answers: all that happened, in order.

    `skipped` are steps of the scenario that were not legal when they were due.
    """

    start: datetime
    end: datetime
    working_days_crossed: int
    fired: tuple[Event, ...]
    skipped: tuple[Json, ...]
    pending: int
    next_due: datetime | None

    @property
    def events(self) -> list[str]:
        """The names of what happened."""
        return [event.event for event in self.fired]

    @classmethod
    def from_json(cls, answer: Json) -> "Receipt":
        due = answer["nextDue"]
        return cls(
            start=datetime.fromisoformat(answer["from"]),
            end=datetime.fromisoformat(answer["to"]),
            working_days_crossed=answer["workingDaysCrossed"],
            fired=tuple(map(Event.from_json, answer["fired"])),
            skipped=tuple(answer["skipped"]),
            pending=answer["pending"],
            next_due=datetime.fromisoformat(due) if due else None,
        )


@dataclass(slots=True)
class Sandbox:
    """One isolated world of a running server: its clock, its scenario, its fixtures, its history.

    `name` is the bearer token that the application under test sends, or what its JWT's `sandbox`
    claim (else `sub`) says. It exists from its first use on. As a context manager it is forgotten
    at the end.
    """

    url: str
    name: str
    timeout: float = TIMEOUT
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def __post_init__(self) -> None:
        """Name the sandbox on every call."""
        self.url = self.url.rstrip("/")
        self._session.headers["X-Sandbox"] = self.name

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self,
        type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.delete()
        self.close()

    @property
    def headers(self) -> dict[str, str]:
        """What a request to any of the APIs needs to reach this sandbox."""
        return {"Authorization": f"Bearer {self.name}", "X-Sandbox": self.name}

    @property
    def base_url(self) -> str:
        """The server as an application sees it whose token cannot change: every path reaches this
        sandbox."""
        return f"{self.url}/s/{self.name}"

    # Time

    def advance(self, by: str | None = None, *, to: datetime | str | None = None) -> Receipt:
        """Let time go by: "3 working days", "90 minutes", "P3D"; or go to an instant."""
        if (by is None) == (to is None):
            raise ValueError("say either by, or to")
        body = {"by": by} if to is None else {"to": _written(to)}
        return Receipt.from_json(self._json("POST", "/clock/advance", body))

    def next(self) -> Receipt:
        """Go to the next due job."""
        return Receipt.from_json(self._json("POST", "/clock/next"))

    def run_until_idle(self) -> Receipt:
        """Go on until nothing is pending."""
        return Receipt.from_json(self._json("POST", "/clock/run-until-idle"))

    @property
    def now(self) -> datetime:
        """What the clock shows."""
        return datetime.fromisoformat(self._json("GET", "/clock")["now"])

    def set_clock(self, now: datetime | str) -> None:
        """Set the clock to any instant. Only while nothing has happened yet."""
        self._json("PUT", "/clock", {"now": _written(now)})

    def run_clock(self) -> None:
        """Let the clock go on with the machine's."""
        self._json("PUT", "/clock", {"mode": "running"})

    def stop_clock(self) -> None:
        """Let it stand where it is."""
        self._json("PUT", "/clock", {"mode": "stopped"})

    # The scenario and the world

    def scenario(self, name: str, *, pending: str | None = None, **params: Json) -> Json:
        """Bind a scenario, with values for its parameters.

        `pending` is what becomes of jobs that are pending: "keep" or "drop".
        """
        body = {"name": name, "params": params, **({"pending": pending} if pending else {})}
        return self._json("PUT", "/scenario", body)

    def add_scenario(self, text: str) -> Json:
        """Add a scenario, the text of a YAML file, to this sandbox. Then it can be bound."""
        return self._json(
            "POST", "/scenarios", data=text.encode(), headers={"Content-Type": "application/yaml"}
        )

    def result(self) -> Json:
        """Every line of the scenario's `expect`: held, broken or not yet due."""
        return self._json("GET", "/scenario/result")

    def fixtures(self, **kinds: Sequence[Mapping[str, Json]]) -> list[Json]:
        """Add fixtures by kind (customers, sites, invoices, …), and answer them; or read all."""
        answer = self._json("POST", "/fixtures", kinds) if kinds else self._json("GET", "/fixtures")
        items: list[Json] = answer["items"]
        return items

    # The truth, and what happened

    def resource(self, type: str, id: int | str) -> Json:
        """The provider's truth of one resource, by its number, ref or reference."""
        return self._json("GET", f"/resources/{type}/{id}")

    def resources(self, type: str) -> list[Json]:
        """The provider's truth: mandate, payment, instant_payment, refund or payout."""
        items: list[Json] = self._json("GET", f"/resources/{type}")["items"]
        return items

    def move(self, type: str, id: int | str, to: str, **how: Json) -> Json:
        """Move a resource as a tester may: `reason`, `as`. The lifecycle must allow it."""
        return self._json("POST", f"/resources/{type}/{id}/moves", {"to": to, **how})

    def give_account(self, mandate: int | str, **account: str) -> Json:
        """Say on which account a mandate is to be, as its payer does: `holder`, and `sort_code` and
        `number`, or `iban`."""
        return self._json("PUT", f"/resources/mandate/{mandate}/bank-account", account)

    def add_first_payment(self, mandate: int | str, amount: str, description: str) -> Json:
        """Add an instant payment to a mandate that is being set up, as its payer does."""
        body = {"amount": amount, "description": description}
        return self._json("POST", f"/resources/mandate/{mandate}/first-payment", body)

    def first_payment(self, mandate: int | str) -> Json:
        """The instant payment that is made while a mandate is set up."""
        return self._json("GET", f"/resources/mandate/{mandate}/first-payment")

    def approvals(self) -> list[Json]:
        """Payouts to which a person has to agree, or has agreed."""
        items: list[Json] = self._json("GET", "/approvals")["items"]
        return items

    def approve(self, approval: str) -> Json:
        """Agree to a payout: the same request goes through then."""
        return self._json("PUT", f"/approvals/{approval}", {"status": "approved"})

    def reject(self, approval: str) -> Json:
        """Do not agree to it."""
        return self._json("PUT", f"/approvals/{approval}", {"status": "rejected"})

    def explain(self, type: str, id: int | str) -> Json:
        """Why a resource is as it is."""
        return self._json("GET", f"/explain/{type}/{id}")

    def timeline(self) -> list[Json]:
        """What will happen, when, and by which rule, before it does."""
        items: list[Json] = self._json("GET", "/timeline")["items"]
        return items

    def events(self, *, after: int = 0, type: str | None = None) -> list[Event]:
        """What happened after event number `after`, in order."""
        return self._events(after, type, 0)

    def wait_for(self, type: str, *, after: int | None = None, seconds: float = 10.0) -> Event:
        """The next event of this type ("payment.paid_out", "payment.*"), however it comes about.

        It counts from event number `after`, or from now. NothingHappenedError after `seconds` of
        the machine's time.
        """
        since = self._last() if after is None else after
        found = self._events(since, type, seconds)
        if not found:
            raise NothingHappenedError(type, seconds, self._events(since, None, 0))
        return found[0]

    def _last(self) -> int:
        return max((event.number for event in self._events(0, None, 0)), default=0)

    def _events(self, after: int, type: str | None, wait: float) -> list[Event]:
        query = {"after": after, "type": type, "wait": wait or None}
        answer = self._json("GET", "/events", params=query, timeout=self.timeout + wait)
        return [Event.from_json(item) for item in answer["items"]]

    def journal(self, **filters: Json) -> list[Json]:
        """The last requests and their answers: by `path`, `status`, `operationId`, `since`."""
        items: list[Json] = self._json("GET", "/requests", params=filters)["items"]
        return items

    def request(self, id: str) -> Json:
        """One request and its answer, by the `X-Sandbox-Request` of the answer."""
        return self._json("GET", f"/requests/{id}")

    def report(self) -> Json:
        """What was exercised, and what was not."""
        return self._json("GET", "/report")

    # The whole sandbox

    def describe(self) -> Json:
        """Name, seed, clock, scenario, counts."""
        return self._json("GET", "")

    def settings(self, **changes: Json) -> Json:
        """Change this sandbox's settings, as elevateVersion="1.37"."""
        return self._json("PATCH", "", changes)

    def snapshot(self, name: str) -> None:
        """Keep this moment under a name."""
        self._json("POST", "/snapshots", {"name": name})

    def restore(self, name: str) -> None:
        """Go back to a moment that was kept."""
        self._json("POST", f"/snapshots/{name}/restore")

    def fork(self, name: str) -> "Sandbox":
        """Another sandbox, equal to this one now."""
        self._json("POST", "/forks", {"name": name})
        return Sandbox(self.url, name, self.timeout)

    def export(self) -> Json:
        """The whole sandbox as one document: what a report of a bug needs."""
        return self._json("GET", "/export")

    def load(self, document: Json) -> None:
        """Put an exported sandbox in the place of this one. The name stays this one's."""
        self._json("POST", "/import", document)

    def delete(self) -> None:
        """Forget everything: clock, ids and seed too."""
        self._call("DELETE", "")

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def _json(self, method: str, path: str, body: Json = None, **more: Any) -> Json:
        answer = self._call(method, path, body, **more)
        return answer.json() if answer.content else None

    def _call(self, method: str, path: str, body: Json = None, **more: Any) -> requests.Response:
        timeout = more.pop("timeout", self.timeout)
        url = f"{self.url}/_sandbox{path}"
        answer = self._session.request(method, url, json=body, timeout=timeout, **more)
        if not answer.ok:
            raise SandboxError(answer)
        return answer


def _written(instant: datetime | str) -> str:
    if isinstance(instant, str):
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone: the sandbox speaks UTC")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _told(detail: Json) -> str:
    """One of an error's details, in a line: `late.yaml:3:1 rulez: no such key`, `/by is required`.

    The kinds are those of `specs/control.yaml`, ErrorDetail.
    """
    match detail:
        case {"file": file, "line": line, "column": column, "key": key, "message": message}:
            place = f"{file}:{line}:{column} " if file else ""
            return f"{place}{key}: {message}" if key else f"{place}{message}"
        case {"in": where, "pointer": pointer, "message": message}:
            return " ".join(filter(None, (where, pointer, message)))
        case dict():
            return ", ".join(f"{name}: {value}" for name, value in detail.items())
    return str(detail)


def _error(answer: requests.Response) -> dict[str, Json]:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}
