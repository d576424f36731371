"""The console: one sandbox to look at and to drive. What it shows, the control API can tell."""

import json
import re
from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response

from sandbox.pages import actions
from sandbox.pages.actions import Done
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
    def live(name: str) -> Response:
        seen = _seen(_world(ask, name), newest)
        answer = make_response(render_template("live.html", **seen))
        answer.set_etag(seen["world"]["revision"])
        return answer

    @blueprint.post("/<name>")
    def do(name: str) -> Response:
        world = _world(ask, name)
        action = actions.ALL.get(request.form.get("do", "")) or abort(400)
        if "by" in request.form:
            session["step"] = request.form["by"].strip()
        done = action(world, request.form)
        _flash(done)
        return redirect(url_for("console.show", name=done.onwards or name), SEE_OTHER)

    @blueprint.get("/<name>/explain/<type>/<id>")
    def explain(name: str, type: str, id: str) -> str:
        found = _world(ask, name).get(f"/explain/{part(type)}/{part(id)}")
        return render_template("explain.html", name=name, mood=mood, **found)

    @blueprint.post("/<name>/explain/<type>/<id>")
    def move(name: str, type: str, id: str) -> Response:
        done = actions.move(_world(ask, name), f"{part(type)}/{part(id)}", request.form)
        _flash(done)
        return redirect(request.base_url, SEE_OTHER)

    @blueprint.get("/<name>/requests/<id>")
    def one_request(name: str, id: str) -> str:
        found = _world(ask, name).get(f"/requests/{part(id)}")
        return render_template("request.html", name=name, one=found, as_text=_as_text)

    return blueprint


def _flash(done: Done) -> None:
    flash(done.refused or done.said, "bad" if done.refused else "good")


def _world(ask: Ask, name: str) -> World:
    return World(ask, name if A_NAME.fullmatch(name) else abort(NOT_FOUND))


def _seen(world: World, newest: Newest) -> dict[str, Any]:
    """Everything that changes by itself."""
    whole, bound = world.get(""), world.get("/scenario")
    events = newest.of(world, whole["counts"]["events"])
    many = whole["counts"]["pending"] > MOST_JOBS
    jobs = [] if many else world.get("/timeline")["items"]
    return {
        "name": world.name,
        "world": whole,
        "bound": bound,
        "result": world.get("/scenario/result"),
        "events": events[-MOST_SHOWN:],
        "jobs": jobs,
        "many": many,
        "requests": world.get(f"/requests?last={MOST_REQUESTS}")["items"],
        "drawing": draw(instant(whole["clock"]["now"]), events, jobs, calendar_of(bound["given"])),
        "mood": mood,
    }


def _as_text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False)
