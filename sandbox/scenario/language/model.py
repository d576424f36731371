"""A scenario as values: what the loader makes of a file, and what the rest of the package reads.

Field names are the language's own, with an underscore after them where Python keeps the word for
itself. `if` is `condition`. Every time is local to `Given.timezone` and therefore naive; every
amount is the decimal string that was written. Substitution has happened: no template is left.
`line` counts from 1, in the file that `Scenario.file` names.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeAlias

from immutables import Map

from sandbox.engine.calendar import Duration

Scalar: TypeAlias = str | int | bool | None
Frozen: TypeAlias = "Scalar | tuple[Frozen, ...] | Map[str, Frozen]"
"""A JSON value that cannot change: lists are tuples, objects are Maps."""

ABSENT = "absent"  # what an expectation says instead of a status when there is no such resource


class Verb(StrEnum):
    """What a step does. Each step does exactly one thing."""

    STATUS = "status"
    EMIT = "emit"
    SET = "set"
    CREATE = "create"
    USE = "use"


class Base(StrEnum):
    """What a step counts from."""

    PREVIOUS = "previous"  # the step before, or the trigger for the first
    TRIGGER = "trigger"
    DAY_ZERO = "day_zero"
    EXECUTION_DATE = "execution_date"


class Operator(StrEnum):
    """How a matcher compares."""

    IS = "is"
    NOT = "not"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"
    REGEX = "regex"
    EXISTS = "exists"


class Fault(StrEnum):
    """An answer that is none."""

    TIMEOUT = "timeout"
    CONNECTION_RESET = "connection_reset"
    TRUNCATED_BODY = "truncated_body"
    MALFORMED_JSON = "malformed_json"


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter, and the values it may take; an empty `one_of` allows any."""

    name: str
    default: Scalar
    one_of: tuple[Scalar, ...] = ()
    description: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Matcher:
    """One comparison: `field` as path parts (`("mandate", "status")`), the operator, the value.

    All matchers of a `match` must hold. A mapping with two operators makes two matchers of one
    field. `value` is a tuple for `in`, else a scalar; text stands for dates, instants and money.
    """

    field: tuple[str, ...]
    operator: Operator
    value: Scalar | tuple[Scalar, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Nth:
    """Which occurrences, from 1, both ends included. No `last`: from the first on, for ever."""

    first: int
    last: int | None = None

    def __contains__(self, occurrence: int) -> bool:
        return self.first <= occurrence and (self.last is None or occurrence <= self.last)


@dataclass(frozen=True, slots=True)
class ReasonSpec:
    """A reason as written; what is None is filled in from the catalogue."""

    code: str
    scheme_code: str | None = None
    origin: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a timeline. Exactly one of the verbs' fields is set, and `verb` names it."""

    line: int
    of: str | None = None
    while_: tuple[str, ...] = ()
    from_: Base = Base.PREVIOUS
    after: Duration | None = None
    at: time | None = None
    status: str | None = None
    as_: str | None = None
    reason: ReasonSpec | None = None
    force: bool = False
    emit: str | None = None
    set_: Map[str, Scalar] | None = None  # dotted field -> value
    create: str | None = None
    with_: Map[str, Scalar] = field(default_factory=Map)  # dotted field -> value, for `create`
    use: str | None = None

    @property
    def verb(self) -> Verb:
        if self.status is not None:
            return Verb.STATUS
        if self.emit is not None:
            return Verb.EMIT
        if self.set_ is not None:
            return Verb.SET
        return Verb.CREATE if self.create is not None else Verb.USE


@dataclass(frozen=True, slots=True)
class Timeline:
    """Steps under a name."""

    name: str
    steps: tuple[Step, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a rule waits for: an event, or a call.

    `name` is `payment.created` or `payment.*` for an event; for a call it is a canonical operation,
    an API's own (`elevate.createRefund`), all of an API's (`elevate.*`) or all (`*`).
    """

    name: str
    is_call: bool = False

    def __str__(self) -> str:
        return f"call {self.name}" if self.is_call else self.name

    @property
    def resource(self) -> str | None:
        """The type whose events it waits for; None for a call."""
        return None if self.is_call else self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Respond:
    """The fault that a call rule answers with. At most one of `status`, `fault` and `replay`.

    `commit` is what happens: a body that is truncated or malformed spoils a real answer, so there
    it is True whether or not the file says so.
    """

    line: int
    status: int | None = None
    error: str | None = None
    message: str | None = None
    retry_after: Duration | None = None
    delay: Duration | None = None
    fault: Fault | None = None
    replay: bool = False
    commit: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A lifecycle rule (`then`, or `nothing`) or a call rule (`respond`).

    `probability` is in per cent. `between` is from the first instant, up to but not at the second.
    Without `nth` every occurrence counts.
    """

    when: Trigger
    line: int
    name: str = ""
    condition: tuple[Matcher, ...] = ()
    match: tuple[Matcher, ...] = ()
    nth: Nth | None = None
    per: str = "scenario"
    probability: int | None = None
    between: tuple[datetime, datetime] | None = None
    then: tuple[Step, ...] | None = None
    nothing: bool = False
    respond: Respond | None = None


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """What becomes of the provider's notice of an event, for one API or for all."""

    event: str
    line: int
    to: str | None = None
    condition: tuple[Matcher, ...] = ()
    match: tuple[Matcher, ...] = ()
    nth: Nth | None = None
    per: str = "scenario"
    late: Duration | None = None
    lost: bool = False
    behind: str | None = None
    copies: int = 1


@dataclass(frozen=True, slots=True)
class DeliveryRule:
    """What becomes of a webhook's delivery; `to` is a webhook's ref."""

    event: str
    line: int
    to: str | None = None
    condition: tuple[Matcher, ...] = ()
    match: tuple[Matcher, ...] = ()
    nth: Nth | None = None
    per: str = "scenario"
    late: Duration | None = None
    lost: bool = False
    behind: str | None = None
    copies: int = 1
    fail_first: int = 0
    bad_signature: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """A webhook expected to have arrived; `signature` is `good`, `bad`, or None for either."""

    event: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of `expect`. `at` is None at the end, whenever nothing is pending."""

    line: int
    condition: tuple[Matcher, ...] = ()
    at: datetime | None = None
    api: str | None = None
    ref: str | None = None
    statuses: Map[str, str] = field(default_factory=Map)  # resource type -> status, or ABSENT
    reason: str | None = None
    has: tuple[Matcher, ...] = ()
    sees: Map[str, str] = field(default_factory=Map)  # resource type -> status, or ABSENT
    sees_fields: tuple[Matcher, ...] = ()  # the first part of the field is the API
    events: tuple[str, ...] = ()
    no_event: tuple[str, ...] = ()
    count: Map[str, int] = field(default_factory=Map)  # event -> how often
    calls: Map[str, int] = field(default_factory=Map)  # operation -> how often
    delivered: tuple[Delivered, ...] = ()
    attempts: Map[str, int] = field(default_factory=Map)  # webhook's event -> how many


@dataclass(frozen=True, slots=True)
class Gives:
    """What a call is expected to be answered: a status, a fault, or neither, which is any 2xx."""

    status: int | None = None
    fault: Fault | None = None
    retry_after: Duration | None = None
    headers: tuple[Matcher, ...] = ()  # the field is the header's name, in one part


@dataclass(frozen=True, slots=True)
class Act:
    """One act of `rehearse`: a call, a move, or time. Exactly one of the five is set."""

    line: int
    condition: tuple[Matcher, ...] = ()
    call: str | None = None
    api: str | None = None
    with_: Map[str, Frozen] = field(default_factory=Map)
    gives: Gives = Gives()
    move: str | None = None
    to: str | None = None
    as_: str | None = None
    reason: ReasonSpec | None = None
    advance: Duration | None = None
    advance_to: datetime | None = None
    run: bool = False  # until nothing is pending


@dataclass(frozen=True, slots=True)
class Given:
    """The world before the first call, with the language's defaults filled in.

    `clock` and `seed` are None when the file leaves them alone. `resources` has the fixtures of
    each kind as written (`"invoices"` -> ...); it is empty when the starter set is to be used.
    """

    clock: datetime | None = None
    timezone: str = "Europe/London"
    calendar: str = "uk-bacs"
    holidays: tuple[date, ...] = ()
    cut_off: time | None = time(16)
    seed: int | None = None
    strict: bool = False
    config: Map[str, Frozen] = field(default_factory=Map)  # API -> its configuration
    resources: Map[str, tuple[Map[str, Frozen], ...]] = field(default_factory=Map)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario with values for its parameters: one variant of a file.

    `file` is the file's base name, as causes give it. `source` is the file's text: with `values` it
    is all that is needed to make this value again.
    """

    name: str
    file: str
    source: str
    version: int = 1
    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    params: Map[str, Param] = field(default_factory=Map)
    values: Map[str, Scalar] = field(default_factory=Map)  # parameter -> its value in this variant
    given: Given = Given()
    timelines: Map[str, Timeline] = field(default_factory=Map)
    rules: tuple[Rule, ...] = ()
    notices: tuple[NoticeRule, ...] = ()
    deliveries: tuple[DeliveryRule, ...] = ()
    expect: tuple[Expectation, ...] = ()
    rehearse: tuple[Act, ...] = ()

    def where(self, line: int) -> str:
        """A line of this file, as causes give it: `late.yaml:14`."""
        return f"{self.file}:{line}"
