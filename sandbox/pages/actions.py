"""What the console's buttons do, each by one call of the control API, and what is said of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.pages.asked import World, part
from sandbox.pages.words import instant, plain

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, or what it was refused with; the sandbox to go on with where it is another."""

    said: str
    refused: str
    onwards: str = ""


def move(world: World, resource: str, form: Form) -> Done:
    """Make of a resource, by its type and id, what a tester wants."""
    to, _, event = form.get("move", "").partition(" ")
    reason = form.get("reason", "").strip()
    wanted = {"to": to, "as": event} | ({"reason": reason} if reason else {})
    moved, refused = world.done("POST", f"/resources/{resource}/moves", wanted)
    return Done(f"{moved['ref']} is {plain(moved['status'])} now." if moved else "", refused)


def _moved(world: World, path: str, body: Any) -> Done:
    receipt, refused = world.done("POST", f"/clock/{path}", body)
    if refused:
        return Done("", refused)
    fired, skipped = len(receipt["fired"]), len(receipt["skipped"])
    said = f"Advanced to {instant(receipt['to']):%a %d %b %Y, %H:%M:%S} UTC: {fired} events"
    return Done(said + (f", {skipped} steps skipped." if skipped else "."), "")


def _advance(world: World, form: Form) -> Done:
    step = form.get("by", "").strip()
    return _moved(world, "advance", {"to": step} if "T" in step[5:] else {"by": step})


def _clock(world: World, mode: str) -> Done:
    said = {"running": "The clock runs.", "stopped": "The clock stands."}
    return Done(said[mode], world.do("PUT", "/clock", {"mode": mode}))


def _bind(world: World, form: Form) -> Done:
    wanted: dict[str, Any] = {"name": form.get("scenario", "")}
    pairs = (one.partition("=") for one in form.get("params", "").split(",") if one.strip())
    params = {name.strip(): _value(value.strip()) for name, _, value in pairs}
    wanted |= {"params": params} if params else {}
    wanted |= {"pending": form["pending"]} if form.get("pending") else {}
    return Done(f"Bound {wanted['name']}.", world.do("PUT", "/scenario", wanted))


def _value(text: str) -> Any:
    """A number, a truth value, or text that needs no quotes."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _keep(world: World, form: Form) -> Done:
    name = form.get("name", "").strip()
    return Done(f"Kept this moment as {name}.", world.do("POST", "/snapshots", {"name": name}))


def _restore(world: World, form: Form) -> Done:
    name = form.get("snapshot", "")
    return Done(f"This is {name} again.", world.do("POST", f"/snapshots/{part(name)}/restore"))


def _fork(world: World, form: Form) -> Done:
    name = form.get("name", "").strip()
    refused = world.do("POST", "/forks", {"name": name})
    said = f"Forked: this is {name}, equal to {world.name} so far."
    return Done(said, refused, "" if refused else name)


ALL: Mapping[str, Callable[[World, Form], Done]] = {
    "advance": _advance,
    "next": lambda world, _: _moved(world, "next", None),
    "idle": lambda world, _: _moved(world, "run-until-idle", None),
    "run": lambda world, _: _clock(world, "running"),
    "stop": lambda world, _: _clock(world, "stopped"),
    "bind": _bind,
    "keep": _keep,
    "restore": _restore,
    "fork": _fork,
    "reset": lambda world, _: Done("Everything was forgotten.", world.do("DELETE", "")),
}
"""By the button's value."""
