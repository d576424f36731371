"""The journal: every request and its answer as they were, but for the secrets in them."""

import re
from collections.abc import Generator, Iterable, Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from sandbox.apis import Json
from sandbox.apis.control.views.lists import listed
from sandbox.engine.clock import written
from sandbox.engine.journal import Entry, Journal, Violation

REDACTED = "redacted"
SERVER_ERROR = 500
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
SECRET_MEMBERS = frozenset({"password", "secret", "token", "apikey"})
"""Members of bodies, in lower case: Elevate's credentials and token, and webhooks' secrets."""

SECRET_TEXT = re.compile(
    rf'("(?:{"|".join(sorted(SECRET_MEMBERS))})"\s*:\s*)"(?:[^"\\]|\\.)*"?', re.I
)
"""The same in what was meant to be JSON."""


def journal(entries: Iterable[Entry], kept: Journal) -> Generator[None, None, Json]:
    """A list of entries, and how many older ones made room."""
    dropped = kept.dropped
    items = yield from listed(entry(one) for one in entries)
    return {"items": items, **({"dropped": dropped} if dropped else {})}


def entry(recorded: Entry) -> Json:
    """One request and its answer. What reached no sandbox has no time of its own."""
    of_control = recorded.api == "control"
    answer = {} if of_control or not recorded.answer else {"body": body(recorded.answer)}
    optional = {
        "api": recorded.api,
        "operationId": recorded.operation,
        "status": recorded.status,
        "rule": recorded.rule,
        "fault": recorded.fault,
        "notes": list(recorded.notes),
    }
    return {
        "id": recorded.id,
        **({"at": written(recorded.at)} if recorded.id.startswith("r") else {}),
        "method": recorded.method,
        "path": recorded.path,
        "query": recorded.query.decode("latin-1"),
        "request": _request(recorded),
        "response": answer,
        "violations": [violation(one, recorded.status) for one in recorded.violations],
        "explanation": recorded.explanation,
        **{name: value for name, value in optional.items() if value},
    }


def violation(broken: Violation, status: int = 0) -> Json:
    """One place that breaks a specification. In what answers 500 it is our answer that does."""
    where = "response" if status == SERVER_ERROR else broken.where
    return {"in": where, "pointer": broken.pointer, "message": broken.message}


def without_secrets(recorded: Entry) -> Entry:
    """An entry for who carries it elsewhere."""
    headers = tuple(
        (name, REDACTED.encode() if name.decode("latin-1").lower() in SECRET_HEADERS else value)
        for name, value in recorded.headers
    )
    asked, answered = _text_without(recorded.body), _text_without(recorded.answer)
    return replace(recorded, headers=headers, body=asked, answer=answered)


def _text_without(raw: bytes) -> bytes:
    """As it came, but where there is something to hide."""
    text = raw.decode("latin-1")
    return raw if not SECRET_TEXT.search(text) else orjson.dumps(body(raw))


def _request(recorded: Entry) -> Json:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in recorded.headers
    }
    shown = {name: REDACTED if name in SECRET_HEADERS else headers[name] for name in headers}
    return {"headers": shown, **({"body": body(recorded.body)} if recorded.body else {})}


def body(raw: bytes) -> Json:
    """JSON, or text where it is none."""
    try:
        return _redacted(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return SECRET_TEXT.sub(rf'\1"{REDACTED}"', raw.decode(errors="replace"))


def _redacted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: REDACTED if name.lower() in SECRET_MEMBERS and held else _redacted(held)
            for name, held in value.items()
        }
    return [_redacted(item) for item in value] if isinstance(value, list) else value
