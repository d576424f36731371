"""The payer's pages: pay, set up a mandate; and the one on which a payout is approved.

What the payer does is the provider's truth at once, on the sandbox's clock; what follows from it is
the happy path's or the scenario's to say.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox.pages import accounts
from sandbox.pages.asked import NOT_FOUND, OK, Ask, World
from sandbox.pages.guarding import allow, is_followed
from sandbox.pages.links import Link

LINK = "link:"
SEE_OTHER, BAD_REQUEST, GONE = 303, 400, 410
BANKS = {"rose": "Rose & Thistle Bank", "quay": "Quayside Mutual", "first": "First Fictional"}
"""Where the payer can be a customer: names of no real bank."""

ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "authorise": (("authorised", ""),),
    "decline": (("denied", "payer_declined"),),
    "leave": (("abandoned", "flow_expired"),),
    "refuse": (("authorised", ""), ("failed", "insufficient_funds")),
}
"""What the payer, or the payer's bank, can do with a payment: moves at the provider, and why."""

ANSWERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "confirm": (("created", ""),),
    "cancel": (("cancelled", ""),),
}
"""What the payer can do with a mandate."""


def pages(ask: Ask) -> Blueprint:
    """The pages of links. A link's digest names the sandbox."""
    blueprint = Blueprint("payer", __name__)

    @blueprint.get("/pay/<link>/<token>")
    def pay(link: str, token: str) -> Any:
        found = Link(World(ask, LINK + link), "instant_payment", token)
        bank = request.args.get("bank", "")
        status = GONE if found.is_expired else OK
        return render_template("pay.html", link=found, bank=bank, banks=BANKS), status

    @blueprint.post("/pay/<link>/<token>")
    def paid(link: str, token: str) -> Response:
        found = Link(World(ask, LINK + link), "instant_payment", token)
        if found.is_open:
            found.move(*_chosen(ENDINGS))
        return redirect(request.url, SEE_OTHER)

    @blueprint.get("/mandate/<link>/<token>")
    def mandate(link: str, token: str) -> Any:
        found = Link(World(ask, LINK + link), "mandate", token)
        way_out = _way_out(found)
        if way_out and found.is_open and is_followed(way_out):
            return redirect(way_out, SEE_OTHER)
        status = GONE if found.is_expired else OK
        return _form(found, found.resource.get("bank_account", {}), way_out=way_out), status

    @blueprint.post("/mandate/<link>/<token>")
    def mandated(link: str, token: str) -> Any:
        found = Link(World(ask, LINK + link), "mandate", token)
        if not found.is_open or _way_out(found) is not None:
            return redirect(request.url, SEE_OTHER)
        moves = _chosen(ANSWERS)
        if moves is ANSWERS["confirm"]:
            account, wrong = accounts.read(found.resource.get("bank_account", {}), request.form)
            if wrong:
                return _form(found, account, wrong=wrong), BAD_REQUEST
            found.world.tell("accounts", token, account)
        found.move(*moves)
        way = _ways(found).get("returnURL", "")
        return redirect(way if is_followed(way) else request.url, SEE_OTHER)

    @blueprint.get("/approve/<link>/<token>")
    def approve(link: str, token: str) -> str:
        asked, payout = _payout(World(ask, LINK + link), token)
        answer = request.args.get("answer", "")
        return render_template("approve.html", asked=asked, payout=payout, answer=answer)

    @blueprint.post("/approve/<link>/<token>")
    def approved(link: str, token: str) -> Response:
        world = World(ask, LINK + link)
        _payout(world, token)
        answer = "yes" if request.form.get("do") == "approve" else "no"
        if answer == "yes":
            world.tell("approvals", token)
        return redirect(f"{request.base_url}?answer={answer}", SEE_OTHER)

    return blueprint


def _form(
    link: Link, account: Mapping[str, str], *, way_out: str | None = None, wrong: str = ""
) -> str:
    """The mandate's page, with this account filled in."""
    allow("form-action", "http:", "https:")  # a browser holds a post's redirect against it
    way = way_out or _ways(link).get("returnURL", "")
    return render_template(
        "mandate.html",
        link=link,
        account=account,
        customer=link.fixture("customer", "customer"),
        wrong=wrong,
        is_down=way_out is not None,
        way=way,
        is_followed=is_followed(way),
    )


def _chosen(choices: Mapping[str, tuple[tuple[str, str], ...]]) -> tuple[tuple[str, str], ...]:
    """The moves of the button that was pressed."""
    return choices.get(request.form.get("do", "")) or abort(BAD_REQUEST)


def _ways(link: Link) -> Any:
    """Where the client wants the payer to go on."""
    return link.resource.get("elevate", {})


def _way_out(link: Link) -> str | None:
    """Where the payer goes on while the provider is unavailable; None while it is not.

    Unavailable is a provider that a scenario's or a tester's fixture says is not active.
    """
    provider = link.fixture("payment_provider", "provider")
    if provider is None or provider["status"] == "active":
        return None
    way: str = _ways(link).get("exitURL", "")
    return way


def _payout(world: World, token: str) -> tuple[Any, Any]:
    """The refused request to which this page belongs, and what it asked for; 404 if none did."""
    listed = world.get("/requests?operationId=createOutboundPayment")["items"]
    asked = next((one for one in reversed(listed) if _leads_to(one, token)), None)
    if asked is None:
        abort(NOT_FOUND)
    body = asked["request"].get("body")
    return asked, body if isinstance(body, dict) else {}


def _leads_to(request: Any, token: str) -> bool:
    answer = request["response"].get("body")
    url = answer.get("authorisationUrl", "") if isinstance(answer, dict) else ""
    return bool(url.endswith(f"/{token}"))
