"""The payer's pages: pay, set up a mandate; and the one on which a payout is approved.

What the payer does is the provider's truth at once, on the sandbox's clock; what follows from it is
the happy path's or the scenario's to say.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox.pages import typed
from sandbox.pages.asked import OK, Ask, World, part
from sandbox.pages.guarding import allow, is_followed
from sandbox.pages.links import Link, Moves

LINK = "link:"
SEE_OTHER, BAD_REQUEST, GONE = 303, 400, 410
BANKS = {"rose": "Rose & Thistle Bank", "quay": "Quayside Mutual", "first": "First Fictional"}
"""Where the payer can be a customer: names of no real bank."""

ENDINGS: Mapping[str, Moves] = {
    "authorise": (("authorised", ""),),
    "decline": (("denied", "payer_declined"),),
    "leave": (("abandoned", "flow_expired"),),
    "refuse": (("authorised", ""), ("failed", "insufficient_funds")),
}
"""What the payer, or the payer's bank, can do with a payment: moves at the provider, and why."""

ANSWERS = {"approve": "approved", "reject": "rejected"}
"""What a person can say to a payout."""

FINISHED: Moves = (("created", ""),)
CANCELLED: Moves = (("cancelled", ""),)
"""What the payer can do with a mandate."""


def pages(ask: Ask, merchant: str) -> Blueprint:
    """The pages of links. A link's digest names the sandbox.

    `merchant` is who wants the money where the world has no name for them.
    """
    blueprint = Blueprint("payer", __name__)

    @blueprint.context_processor
    def known() -> dict[str, Any]:
        return {"banks": BANKS, "bank": request.args.get("bank", "")}

    def found(type: str, link: str, token: str) -> Link:
        return Link(World(ask, LINK + link), type, token, merchant)

    @blueprint.get("/pay/<link>/<token>")
    def pay(link: str, token: str) -> Any:
        asked = found("instant_payment", link, token)
        return render_template("pay.html", link=asked), GONE if asked.is_expired else OK

    @blueprint.post("/pay/<link>/<token>")
    def paid(link: str, token: str) -> Response:
        asked, ending = found("instant_payment", link, token), ENDINGS.get(_pressed())
        if asked.is_open:
            asked.pay(ending or abort(BAD_REQUEST))
        return redirect(request.base_url, SEE_OTHER)

    @blueprint.get("/mandate/<link>/<token>")
    def mandate(link: str, token: str) -> Any:
        asked = found("mandate", link, token)
        way_out = _way_out(asked)
        if way_out and asked.is_open and is_followed(way_out):
            return redirect(way_out, SEE_OTHER)
        status = GONE if asked.is_expired else OK
        if asked.is_open and asked.is_to_be_paid and way_out is None and "bank" in request.args:
            _let_go_back()
            return render_template("pay.html", link=asked)
        return _form(asked, way_out=way_out), status

    @blueprint.post("/mandate/<link>/<token>")
    def mandated(link: str, token: str) -> Any:
        asked, pressed = found("mandate", link, token), _pressed()
        if not asked.is_open or _way_out(asked) is not None:
            return redirect(request.base_url, SEE_OTHER)
        if pressed == "confirm":
            return _confirmed(asked)
        if pressed == "cancel":
            asked.move(CANCELLED)
            return _back(asked)
        if pressed not in ENDINGS or not asked.is_to_be_paid:
            abort(BAD_REQUEST)
        asked.pay(ENDINGS[pressed])
        if pressed != "authorise":
            return redirect(request.base_url, SEE_OTHER)
        asked.move(FINISHED)
        return _back(asked)

    @blueprint.get("/approve/<link>/<token>")
    def approve(link: str, token: str) -> str:
        asked = World(ask, LINK + link).get(f"/approvals/{part(token)}")
        return render_template("approve.html", asked=asked)

    @blueprint.post("/approve/<link>/<token>")
    def approved(link: str, token: str) -> Response:
        status = ANSWERS.get(_pressed()) or abort(BAD_REQUEST)
        World(ask, LINK + link).do("PUT", f"/approvals/{part(token)}", {"status": status})
        return redirect(request.base_url, SEE_OTHER)

    return blueprint


def _confirmed(asked: Link) -> Any:
    """The payer has filled the mandate's form in: take it, or say what is wrong."""
    account, wrong = typed.account(asked.resource.get("bank_account", {}), request.form)
    first: Mapping[str, str] = {}
    wrong_too = ""
    if asked.may_pay_first:
        first, wrong_too = typed.first_payment(request.form, asked.currency)
    wrong = (
        wrong
        or wrong_too
        or asked.world.do("PUT", f"{asked.path}/bank-account", account)
        or (asked.world.do("POST", f"{asked.path}/first-payment", first) if first else "")
    )
    if wrong:
        return _form(asked, account, first, wrong=wrong), BAD_REQUEST
    if first or asked.is_to_be_paid:
        return redirect(f"{request.base_url}?bank=", SEE_OTHER)
    asked.move(FINISHED)
    return _back(asked)


def _form(
    link: Link,
    account: Mapping[str, str] | None = None,
    first: Mapping[str, str] | None = None,
    *,
    way_out: str | None = None,
    wrong: str = "",
) -> str:
    """The mandate's page, with this account and this first payment filled in."""
    _let_go_back()
    way = way_out or _ways(link).get("returnURL", "")
    return render_template(
        "mandate.html",
        link=link,
        account=link.resource.get("bank_account", {}) if account is None else account,
        first=first or {},
        customer=link.fixture("customer", "customer"),
        wrong=wrong,
        is_down=way_out is not None,
        way=way,
        is_followed=is_followed(way),
    )


def _let_go_back() -> None:
    """Let a form's post be answered by a redirect to the client: browsers hold that against it."""
    allow("form-action", "http:", "https:")


def _back(link: Link) -> Response:
    """To where the client wants the payer, unless no browser should go there."""
    way = _ways(link).get("returnURL", "")
    return redirect(way if is_followed(way) else request.base_url, SEE_OTHER)


def _pressed() -> str:
    """The button."""
    return request.form.get("do", "")


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
