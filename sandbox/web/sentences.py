"""What is wrong with a value, in sentences: `must be at most 100`, `is required`.

A sentence goes on from the name of the field, which each API puts before it as it likes. What a
pattern wants, a document says in words of its own beside it: `x-in-words`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from sandbox.apis import Json
from sandbox.engine.journal import Violation
from sandbox.web.documents import escaped

FORMATS = {
    "date": "a date, such as 2026-04-01",
    "date-time": "an instant, such as 2026-04-01T08:00:00Z",
    "uuid": "a UUID, such as 7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "uri": "a URI, such as https://example.com/",
    "email": "an e-mail address",
}
TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}


def violations_of(
    error: ValidationError, document: Json, where: str, base: str = ""
) -> Iterator[Violation]:
    """One validator's error as what the journal and the errors of an API want to know.

    `document` is the one whose schemas the validator has.
    """
    pointer = _pointer(error, base)
    match error.kind:
        case Kind.Required(name):
            yield Violation(where, f"{pointer}/{escaped(name)}", "is required")
        case Kind.AdditionalProperties(names) | Kind.UnevaluatedProperties(names):
            for name in names:
                yield Violation(where, f"{pointer}/{escaped(name)}", "is not known here")
        case Kind.AnyOf(branches) | Kind.OneOfNotValid(branches):
            yield from _of_branches(branches, error, document, where, base)
        case Kind.Pattern() | Kind.Format() if words := _in_words(error, document):
            yield Violation(where, pointer, f"must be {words}")
        case kind:
            yield Violation(where, pointer, _sentence(kind) or error.message)


def _pointer(error: ValidationError, base: str) -> str:
    return base + "".join(f"/{escaped(str(token))}" for token in error.instance_path)


def _in_words(error: ValidationError, document: Json) -> str:
    """What the document says of the schema that `error` comes from."""
    schema = document
    for step in error.schema_path[:-1]:
        schema = schema[step]
    words: str = schema.get("x-in-words", "")
    return words


def _of_branches(
    branches: Sequence[Sequence[ValidationError]],
    whole: ValidationError,
    document: Json,
    where: str,
    base: str,
) -> Iterator[Violation]:
    """What is wrong with a value that may have one of several shapes.

    If it has the type of one of them alone, that is the one meant.
    """
    depth, pointer = len(whole.instance_path), _pointer(whole, base)
    meant = [
        branch
        for branch in branches
        if not any(
            isinstance(error.kind, Kind.Type | Kind.Enum | Kind.Constant)
            and len(error.instance_path) <= depth
            for error in branch
        )
    ]
    if len(meant) == 1:
        for error in meant[0]:
            yield from violations_of(error, document, where, base)
        return
    sentences = [
        violation.message
        if violation.pointer == pointer
        else f"{violation.pointer.removeprefix(pointer + '/')} {violation.message}"
        for branch in meant or branches
        for violation in violations_of(branch[0], document, where, base)
    ]
    wanted = [text.removeprefix("must be ") for text in sentences]
    if all(text.startswith("must be ") for text in sentences):
        yield Violation(where, pointer, f"must be {' or '.join(dict.fromkeys(wanted))}")
    else:
        text = "; or ".join(dict.fromkeys(sentences))
        yield Violation(where, pointer, f"fits no form that is allowed here: {text}")


def _sentence(kind: Kind) -> str:  # noqa: PLR0911, PLR0912  a table, a row a keyword
    match kind:
        case Kind.Type(types):
            names = sorted(types, key=lambda name: name == "null")
            return f"must be {' or '.join(TYPES[name] for name in names)}"
        case Kind.Enum(options):
            texts = [_text(option) for option in options]
            return f"must be one of {', '.join(texts)}" if texts[1:] else f"must be {texts[0]}"
        case Kind.Constant(value):
            return f"must be {_text(value)}"
        case Kind.Format(name):
            return f"must be {FORMATS.get(name, f'a valid {name}')}"
        case Kind.Pattern(pattern):
            return f"must match {pattern}"
        case Kind.Minimum(limit):
            return f"must be at least {limit}"
        case Kind.Maximum(limit):
            return f"must be at most {limit}"
        case Kind.ExclusiveMinimum(limit):
            return f"must be more than {limit}"
        case Kind.ExclusiveMaximum(limit):
            return f"must be less than {limit}"
        case Kind.MultipleOf(step):
            return f"must be a multiple of {step}"
        case Kind.MinLength(limit):
            return (
                f"must have {_at_least(limit, 'character')}" if limit > 1 else "must not be empty"
            )
        case Kind.MaxLength(limit):
            return f"must have {_at_most(limit, 'character')}"
        case Kind.MinItems(limit):
            return f"must have {_at_least(limit, 'item')}"
        case Kind.MaxItems(limit):
            return f"must have {_at_most(limit, 'item')}"
        case Kind.MinProperties(limit):
            return f"must have {_at_least(limit, 'member')}"
        case Kind.MaxProperties(limit):
            return f"must have {_at_most(limit, 'member')}"
        case Kind.UniqueItems():
            return "must not have the same item twice"
        case Kind.OneOfMultipleValid():
            return "fits more than one of the forms that are allowed here"
        case Kind.Not() | Kind.FalseSchema():
            return "is not allowed here"
        case Kind.PropertyNames(error):
            return f"has the member {_text(error.instance)}, whose name {_sentence(error.kind)}"
    return ""


def _at_least(limit: int, what: str) -> str:
    return f"at least {limit} {what}{'s' if limit > 1 else ''}"


def _at_most(limit: int, what: str) -> str:
    return f"at most {limit} {what}{'s' if limit > 1 else ''}" if limit else f"no {what}"


def _text(value: Any) -> str:
    return value or "empty" if isinstance(value, str) else orjson.dumps(value).decode()
