"""The console: one sandbox to look at and to drive. What it shows, the control API can tell."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from sandbox.pages.asked import NOT_FOUND, Ask, World, part
from sandbox.pages.lanes import calendar_of, draw, mood
from sandbox.pages.newest import Newest
from sandbox.pages.words import instant

A_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
SEE_OTHER = 303
MOST_RECENT = 8
MOST_SHOWN = 100  # events in the list, the newest
MOST_REQUESTS = 40  # that are listed
MOST_JOBS = 500  # of which a list is made
DEFAULT_STEP = "1 working day"

Form = MultiDict[str, str]


def pages(ask: Ask) -> Blueprint:
    """The console's pages, each of one sandbox."""
    newest = Newest()
    blueprint = Blueprint("console", __name__, url_prefix="/_sandbox/console")

    @blueprint.get("", strict_slashes=False)
    def pick() -> Any:
        name = request.args.get("sandbox", "").strip()
        if A_NAME.fullmatch(name):
            return redirect(url_for("console.show", name=name), SEE_OTHER)
        return render_template("pick.html", recent=session.get("recent", []), wrong=name)

    @blueprint.get("/<name>")
    def show(name: str) -> str:
        world = _world(ask, name)
        recent = [one for one in session.get("recent", []) if one != name]
        session["recent"] = [name, *recent][:MOST_RECENT]
        scenarios = [one for one in world.get("/scenarios")["items"] if not one["errors"]]
        step = session.get("step", DEFAULT_STEP)
        return render_template(
            "console.html", **_seen(world, newest), scenarios=scenarios, step=step
        )

    @blueprint.get("/<name>/live")
    def live(name: str) -> str:
        return render_template("live.html", **_seen(_world(ask, name), newest))

    @blueprint.get("/<name>/version")
    def version(name: str) -> str:
        return _version(_world(ask, name).get(""))

    @blueprint.post("/<name>")
    def do(name: str) -> Response:
        world = _world(ask, name)
        action = ACTIONS.get(request.form.get("do", "")) or abort(400)
        said, refused, onwards = action(world, request.form)
        flash(refused or said, "bad" if refused else "good")
        return redirect(url_for("console.show", name=onwards or name), SEE_OTHER)

    @blueprint.get("/<name>/explain/<type>/<id>")
    def explain(name: str, type: str, id: str) -> str:
        found = _world(ask, name).get(f"/explain/{part(type)}/{part(id)}")
        return render_template("explain.html", name=name, mood=mood, **found)

    @blueprint.get("/<name>/requests/<id>")
    def one_request(name: str, id: str) -> str:
        found = _world(ask, name).get(f"/requests/{part(id)}")
        return render_template("request.html", name=name, one=found, as_text=_as_text)

    return blueprint


def _world(ask: Ask, name: str) -> World:
    return World(ask, name if A_NAME.fullmatch(name) else abort(NOT_FOUND))


def _version(world: Any) -> str:
    """Differs whenever there may be something else to see."""
    return json.dumps([world["clock"], world["counts"], world["scenario"]])


def _seen(world: World, newest: Newest) -> dict[str, Any]:
    """Everything that changes by itself."""
    whole, bound = world.get(""), world.get("/scenario")
    events = newest.of(world, whole["counts"]["events"])
    many = whole["counts"]["pending"] > MOST_JOBS
    jobs = [] if many else world.get("/timeline")["items"]
    return {
        "name": world.name,
        "world": whole,
        "version": _version(whole),
        "bound": bound,
        "result": world.get("/scenario/result"),
        "events": events[-MOST_SHOWN:],
        "jobs": jobs,
        "many": many,
        "requests": _latest(world, whole["counts"]["requests"]),
        "drawing": draw(instant(whole["clock"]["now"]), events, jobs, calendar_of(bound["given"])),
        "mood": mood,
    }


def _latest(world: World, count: int) -> list[Any]:
    """The latest requests, of `count`; one by one where the whole journal would be long."""
    if count <= MOST_REQUESTS:
        found: list[Any] = world.get("/requests")["items"]
        return found
    numbers = range(count - MOST_REQUESTS + 1, count + 1)
    each = (world.find(f"/requests/r{number}") for number in numbers)
    return [one for one in each if one]


def _as_text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)


Done = tuple[str, str, str]
"""What was done, what it was refused with, and the sandbox to go on with where that is another."""


def _moved(world: World, path: str, body: Any) -> Done:
    receipt, refused = world.done("POST", f"/clock/{path}", body)
    if refused:
        return "", refused, ""
    fired, skipped = len(receipt["fired"]), len(receipt["skipped"])
    said = f"Advanced to {instant(receipt['to']):%a %d %b %Y, %H:%M:%S} UTC: {fired} events"
    return said + (f", {skipped} steps skipped." if skipped else "."), "", ""


def _advance(world: World, form: Form) -> Done:
    step = session["step"] = form.get("by", "").strip()
    return _moved(world, "advance", {"to": step} if "T" in step[5:] else {"by": step})


def _bind(world: World, form: Form) -> Done:
    wanted: dict[str, Any] = {"name": form.get("scenario", "")}
    pairs = (one.partition("=") for one in form.get("params", "").split(",") if one.strip())
    params = {name.strip(): _value(value.strip()) for name, _, value in pairs}
    wanted |= {"params": params} if params else {}
    wanted |= {"pending": form["pending"]} if form.get("pending") else {}
    return f"Bound {wanted['name']}.", world.do("PUT", "/scenario", wanted), ""


def _value(text: str) -> Any:
    """A number, a truth value, or text that needs no quotes."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _fork(world: World, form: Form) -> Done:
    name = form.get("name", "").strip()
    refused = world.do("POST", "/forks", {"name": name})
    return (
        f"Forked: this is {name}, equal to {world.name} so far.",
        refused,
        "" if refused else name,
    )


ACTIONS: Mapping[str, Callable[[World, Form], Done]] = {
    "advance": _advance,
    "next": lambda world, _: _moved(world, "next", None),
    "idle": lambda world, _: _moved(world, "run-until-idle", None),
    "bind": _bind,
    "fork": _fork,
    "reset": lambda world, _: ("Everything was forgotten.", world.do("DELETE", ""), ""),
}
"""What the buttons do."""
