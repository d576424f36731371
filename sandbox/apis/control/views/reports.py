"""What was exercised, and what was not; what was asked for in vain."""

from collections import Counter
from collections.abc import Iterable, Iterator

from sandbox.apis import Json
from sandbox.apis.control.views.events import of_provider
from sandbox.apis.control.views.journal import violation
from sandbox.apis.control.views.scenarios import uses
from sandbox.apis.control.views.skipped import skipped_since
from sandbox.engine.journal import Journal
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import LIFECYCLES, TYPES, notices
from sandbox.provider.notices import Fate
from sandbox.scenario.language.vocabulary import Vocabulary
from sandbox.scenario.running.underway import counts_of

BAD_REQUEST = 400


def every(vocabulary: Vocabulary) -> dict[str, list[str]]:
    """The names of all that can be exercised, by kind."""
    return {
        "operations": sorted(vocabulary.operations),
        "answers": list(_documented(vocabulary)),
        "moves": list(_moves()),
    }


def exercised(sandbox: Sandbox) -> dict[str, Counter[str]]:
    """How often what was, by kind; as far as the journal goes back."""
    moves = Counter(event.name for event in sandbox.state.events if of_provider(event))
    return {"operations": _calls(sandbox), "answers": answers(sandbox.journal), "moves": moves}


def report(sandbox: Sandbox, vocabulary: Vocabulary) -> Json:
    """The report so far. Since it was bound, what the scenario's rules were used for."""
    happened = (event for event in sandbox.state.events if of_provider(event))
    statuses = Counter(f"{event.subject.type} {event.became}" for event in happened)
    seen, names = exercised(sandbox), every(vocabulary)
    return {
        "unusedRules": [use for use in uses(sandbox) if not use["won"]],
        "unmatchedCalls": [_call(call) for call in counts_of(sandbox).unmatched],
        "skipped": skipped_since(sandbox),
        "invalidRequests": list(_invalid(sandbox)),
        "held": list(_held(sandbox)),
        "operations": _coverage(seen["operations"], names["operations"]),
        "answers": _coverage(seen["answers"], names["answers"]),
        "statuses": _coverage(statuses, _statuses()),
        "moves": _coverage(seen["moves"], names["moves"]),
    }


def _coverage(seen: Counter[str], every: Iterable[str]) -> Json:
    """Which of `every`, in its order, were seen how often, and which never."""
    names = list(every)
    return {
        "exercised": [{"name": name, "count": seen[name]} for name in names if seen[name]],
        "neverExercised": [name for name in names if not seen[name]],
    }


def _statuses() -> Iterator[str]:
    for lifecycle in (LIFECYCLES[name] for name in TYPES):
        yield from (f"{lifecycle.resource} {status}" for status in type(lifecycle.initial))


def _moves() -> Iterator[str]:
    """The events of the five tables: what comes into being, every move, every announcement."""
    for name in TYPES:
        table = LIFECYCLES[name]
        rows = [row.event for row in (*table.moves(), *table.announcements())]
        yield from dict.fromkeys([f"{name}.{table.initial}", *rows])


def _calls(sandbox: Sandbox) -> Counter[str]:
    """How often each operation was called.

    The journal forgets the oldest calls, the scenario those before it was bound.
    """
    journal = Counter(f"{entry.api}.{entry.operation}" for entry in sandbox.journal)
    counted = Counter({names[0]: count for (_, names), count in counts_of(sandbox).calls.items()})
    return journal | counted


def answers(journal: Journal) -> Counter[str]:
    """How often each operation was answered with each status, as far as the journal goes back."""
    return Counter(f"{entry.api}.{entry.operation} {entry.status}" for entry in journal)


def _documented(vocabulary: Vocabulary) -> Iterator[str]:
    for operation in sorted(vocabulary.answers):
        yield from (f"{operation} {status}" for status in vocabulary.answers[operation])


def _call(call: str) -> Json:
    method, _, path = call.partition(" ")
    return {"method": method, "path": path}


def _invalid(sandbox: Sandbox) -> Iterator[Json]:
    for entry in sandbox.journal:
        if entry.status == BAD_REQUEST and entry.violations and entry.api != "control":
            yield {
                "request": entry.id,
                "method": entry.method,
                "path": entry.path,
                "operation": f"{entry.api}.{entry.operation}",
                "violations": [violation(one) for one in entry.violations],
            }


def _held(sandbox: Sandbox) -> Iterator[Json]:
    """The notices that wait behind an event which has not come."""
    owed = notices.of(sandbox).owed
    for _, notice in sorted(owed.items(), key=lambda item: item[0]):
        if notice.fate == Fate.HELD:
            event = sandbox.event(notice.event)
            ref = sandbox.subject(event.subject).ref
            yield {
                "kind": "notice",
                "event": event.name,
                "behind": notice.behind,
                "ref": ref,
                **({"rule": notice.rule} if notice.rule else {}),
                "text": f"{notice.api} is told of {event.name} of {ref} after {notice.behind}",
            }
