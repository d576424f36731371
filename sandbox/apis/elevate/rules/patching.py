"""JSON Patch (RFC 6902): all or nothing, and the result must fit the schema (D11)."""

from collections.abc import Callable, Mapping
from typing import Any

from jsonpatch import JsonPatch, JsonPatchConflict, JsonPatchException
from jsonpointer import JsonPointerException

from sandbox.apis import Json
from sandbox.apis.elevate.rules.refusals import FieldError, RefusedError
from sandbox.engine.journal import Violation

Check = Callable[[Json], list[Violation]]
Patched = Callable[[dict[str, Any]], dict[str, Any]]
NEEDS = {"add": "value", "replace": "value", "test": "value", "move": "from", "copy": "from"}


def patching(
    operations: Json, *, members: Mapping[str, Any], read_only: tuple[str, ...], check: Check
) -> Patched:
    """What a patch does to a resource, as a function of the resource.

    `members` are those that there are, with what `remove` puts in their place (None: nothing).
    """

    defaults = {name: value for name, value in members.items() if value is not None}

    def patched(resource: dict[str, Any]) -> dict[str, Any]:
        result = resource
        for place, operation in enumerate(operations):
            _check_operation(place, operation, members, read_only)
            result = defaults | _applied(operation, result)
        violations = check(result)
        if violations:
            first = violations[0]
            raise FieldError(first.name, f"after the patch, {first.message}")
        return result

    return patched


def _applied(operation: Json, resource: dict[str, Any]) -> dict[str, Any]:
    """What one operation makes of a resource, which it leaves alone."""
    try:
        result: dict[str, Any] = JsonPatch([operation]).apply(resource)
    except (JsonPatchConflict, JsonPatchException, JsonPointerException, TypeError) as error:
        raise RefusedError(f"The patch does not apply: {error}") from error
    return result


def _check_operation(
    place: int, operation: Json, members: Mapping[str, Any], read_only: tuple[str, ...]
) -> None:
    verb = operation["op"]
    needed = NEEDS.get(verb)
    if needed and needed not in operation:
        raise FieldError(f"{place}/{needed}", f"{verb} needs it")
    named = [operation["path"]]
    if verb in ("move", "copy"):
        named.append(operation["from"])
    for path in named:
        whole = path == ""
        member = "" if whole else path.split("/")[1]
        if not whole and member not in members:
            raise FieldError(f"{place}/path", f"there is no {path!r}")
        if (whole or member in read_only) and _changes(operation, path):
            what = "the whole" if whole else repr(path)
            raise FieldError(f"{place}/path", f"{what} is read-only")


def _changes(operation: Json, path: str) -> bool:
    """Whether an operation does something to the path, and does not only look at it."""
    match operation["op"]:
        case "test":
            return False
        case "copy":
            return bool(path == operation["path"])
    return True
