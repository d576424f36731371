"""What is said of a value that the scenario schema refuses, in words of payments and of YAML."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from jsonschema.exceptions import ValidationError

from sandbox.engine.calendar import Unit
from sandbox.engine.words import nearest
from sandbox.scenario.language.problems import Finding, Path, unknown

TYPES = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "object": "a mapping",
    "array": "a list",
}
STATUS_OF = {
    "mandateStatus": "a mandate",
    "paymentStatus": "a payment",
    "instantPaymentStatus": "an instant payment",
    "refundStatus": "a refund",
    "payoutStatus": "a payout",
    "status": "a resource",
}
TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
UNITS = tuple(unit.value for unit in Unit)
MOST_SHOWN = 60  # characters of a value that a message repeats


@dataclass(frozen=True, slots=True)
class Said:
    """A finding in the making. The lower its `rank`, the more it tells.

    `missing` are the keys of which one would mend it.
    """

    message: str
    nearest: str | None = None
    choices: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rank: int = 1
    path: Path = ()
    at_key: bool = False

    def at(self, path: Path, *, at_key: bool = False) -> "Said":
        """The same, said of what stands at `path`; a path that is known already stays."""
        return replace(self, path=self.path or path, at_key=self.at_key or at_key)

    def finding(self, above: Path) -> Finding:
        return Finding(
            (*above, *self.path), self.message, self.nearest, self.choices, at_key=self.at_key
        )


def shown(value: Any) -> str:
    """A value as a message repeats it."""
    if isinstance(value, (dict, list)):
        return TYPES["object" if isinstance(value, dict) else "array"]
    return f"`{_cut(_word(value))}`"


def _cut(text: str) -> str:
    return f"{text[:MOST_SHOWN]}…" if len(text) > MOST_SHOWN else text


def of_definition(name: str, value: Any, words: Iterable[str] = ()) -> Said | None:
    """What to say of a value that is no `$defs/<name>`; None if its keywords say it better.

    `words` are those that the definition lists.
    """
    if name in STATUS_OF:
        what = f"{STATUS_OF[name]} has no status {shown(value)}"
        return _unknown(what, value, words, rank=1 if name == "status" else 0)
    if name in SENTENCES:
        return SENTENCES[name](value)
    if name in WORDS:
        return _unknown(f"{WORDS[name]} {shown(value)}", value, words)
    if name in PLAIN:
        return Said(f"{shown(value)} is no {PLAIN[name]}")
    return None


def bad_key(key: Any) -> Said:
    """What to say of a key that has not the form of one."""
    return Said(f"{shown(key)} cannot be a key here")


def expected(error: ValidationError, schema: dict[str, Any]) -> Iterator[Said]:
    """What one keyword of the schema finds."""
    keyword = str(error.validator)
    wanted: Any = error.validator_value
    value: Any = error.instance
    if keyword == "additionalProperties":
        yield from _extra_keys(error, schema)
    elif keyword in {"required", "dependentRequired", "not"}:
        yield from _keys(keyword, wanted, value)
    elif keyword == "type":
        yield _type(wanted, value)
    elif keyword == "enum":
        yield _unknown(f"{shown(value)} cannot stand here", value, list(wanted))
    elif keyword == "const":
        yield _unknown(f"only {shown(wanted)} can stand here", value, (_word(wanted),))
    elif keyword in LIMITS:
        yield Said(LIMITS[keyword](wanted, value))
    else:
        yield Said(f"{shown(value)} is not allowed here ({keyword})")


def _extra_keys(error: ValidationError, schema: dict[str, Any]) -> Iterator[Said]:
    known = tuple(schema.get("properties", ()))
    patterns = tuple(schema.get("patternProperties", ()))
    keys: Any = error.instance
    for key in keys:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            said = _unknown("no such key", key, known)
            choices = () if said.nearest else said.choices
            path = (*error.absolute_path, key)
            yield replace(said, path=path, at_key=True, choices=choices)


def _keys(keyword: str, wanted: Any, value: Any) -> Iterator[Said]:
    if keyword == "not":
        keys = wanted.get("required", ())
        yield Said(f"{' and '.join(f'`{key}`' for key in keys)} exclude each other")
    elif keyword == "required":
        for key in wanted:
            if key not in value:
                yield Said(f"`{key}` is missing", missing=(key,))
    else:
        for key, needed in wanted.items():
            for other in needed:
                if key in value and other not in value:
                    yield Said(f"`{key}` needs `{other}`", missing=(other,))


def _type(wanted: Any, value: Any) -> Said:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    what = " or ".join(TYPES[name] for name in names)
    if names == ["string"] and isinstance(value, int):
        quoted = f'"{_word(value)}"'
        return Said(f"text is expected here. Write {quoted}", quoted)
    if names == ["boolean"] and isinstance(value, str):
        guess = TRUTHS.get(value.lower()) or nearest(value, ("true", "false"))
        hint = f". Did you mean `{guess}`?" if guess else ""
        return Said(f"true or false is expected here, not {shown(value)}{hint}", guess)
    if "integer" in names and (number := _integer_in(value)):
        return Said(f"{what} is expected here. {_write(number, value)}", number)
    return Said(f"{what} is expected here, not {shown(value)}")


def _unknown(what: str, value: Any, choices: Iterable[Any], *, rank: int = 1) -> Said:
    found = unknown((), what, value, tuple(_word(choice) for choice in choices))
    return Said(found.message, found.nearest, found.choices, rank=rank)


def _word(value: Any) -> str:
    """A scalar as YAML writes it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _money(value: Any) -> Said:
    if isinstance(value, int) and not isinstance(value, bool):
        quoted = f'"{value}.00"'
        return Said(f"money is a decimal string. Write {quoted}", quoted, rank=0)
    return Said(f'money is a decimal string such as "42.00", not {shown(value)}', rank=0)


def _duration(value: Any) -> Said:
    guess = None
    if isinstance(value, str) and (parts := re.match(r"\s*(\d{1,4})\s*(.+)", value)):
        unit = nearest(parts[2].removesuffix("s"), UNITS)
        count = int(parts[1])
        guess = f"{count} {unit}{'' if count == 1 else 's'}" if unit else None
    if guess:
        return Said(f"{shown(value)} is no duration. Did you mean `{guess}`?", guess)
    return Said(f"{shown(value)} is no duration. Write for example `3 working days` or `P3D`")


def _time_of_day(value: Any) -> Said:
    return Said(f'{shown(value)} is no time of day. Write for example "16:30"')


def _instant(value: Any) -> Said:
    if isinstance(value, str) and re.search(r"(Z|[+-]\d\d:?\d\d)$", value):
        local = re.sub(r"(Z|[+-]\d\d:?\d\d)$", "", value)
        return Said(f"times are local to given.timezone. Write {local[:MOST_SHOWN]}", local)
    return Said(f"{shown(value)} is no local time. Write for example 2026-06-15T09:00")


def _date(value: Any) -> Said:
    return Said(f"{shown(value)} is no date. Write for example 2026-06-15")


def _occurrence(value: Any) -> Said:
    return Said(f"{shown(value)} is no occurrence. Write for example 3, 1-2 or 4-")


def _probability(value: Any) -> Said:
    return Said(f"{shown(value)} is no probability. Write 1% to 100%, without decimals")


def _reference(value: Any) -> Said | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None  # what is wrong with the id
    if number := _integer_in(value):
        return Said(f"an id is an integer. {_write(number, value)}", number)
    return Said(f"{shown(value)} is no reference. Write a ref or an id")


def _integer_in(value: Any) -> str | None:
    """The integer that is meant by a text of digits, if it is one that can be written."""
    if not isinstance(value, str) or not re.fullmatch("0*[0-9]{1,18}", value):
        return None
    return value.lstrip("0") or "0"


def _write(number: str, digits: str) -> str:
    return f"Write {number}, without quotes{'' if number == digits else ' or leading zeros'}"


def _entries(wanted: int) -> str:
    return f"{wanted} {'entry' if wanted == 1 else 'entries'}"


LIMITS: dict[str, Callable[[Any, Any], str]] = {
    "minimum": lambda wanted, value: f"at least {wanted}, not {_cut(str(value))}",
    "maximum": lambda wanted, value: f"at most {wanted}, not {_cut(str(value))}",
    "minItems": lambda wanted, _: f"at least {_entries(wanted)}",
    "maxItems": lambda wanted, _: f"at most {_entries(wanted)}",
    "minProperties": lambda wanted, _: f"at least {_entries(wanted)}",
    "maxProperties": lambda wanted, _: f"at most {_entries(wanted)}",
    "minLength": lambda wanted, _: f"a text of at least {wanted} characters",
    "maxLength": lambda wanted, value: f"at most {wanted} characters, not {len(value)}",
    "uniqueItems": lambda _, __: "an entry is here twice",
    "pattern": lambda wanted, value: f"{shown(value)} does not have the form {wanted}",
}
Sentence: TypeAlias = Callable[[Any], Said | None]
SENTENCES: dict[str, Sentence] = {
    "money": _money,
    "signedMoney": _money,
    "duration": _duration,
    "timeOfDay": _time_of_day,
    "instant": _instant,
    "date": _date,
    "occurrence": _occurrence,
    "probability": _probability,
    "reference": _reference,
}
WORDS = {
    "event": "there is no event",
    "deliveredEvent": "there is no event",
    "emittable": "there is no event to emit called",
    "operation": "there is no operation",
    "trigger": "there is no event and no call",
    "reasonCode": "there is no reason",
    "currency": "there is no currency",
    "api": "there is no API",
    "resource": "there is no type of resource",
    "per": "nothing is counted per",
}
PLAIN = {
    "name": "name. Write lower-case letters, digits and `_`, a letter first",
    "ref": "ref. Write lower-case letters, digits, `_` and `-`, a letter first",
    "bound": "money, integer, date or local time",
}
