"""What keeps a page its visitor's own: which posts count, and what a browser may load."""

import hmac
import secrets  # noqa: TID251  a browser's session is no sandbox's, and nobody may guess it
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request, session

FORBIDDEN = 403
KEY_BYTES = 32
MOST_OF_A_FORM = 1024 * 1024
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def guard(app: Flask) -> None:
    """Let `app` take posts only from its own forms, and say in each answer what may be loaded."""
    app.secret_key = secrets.token_bytes(KEY_BYTES)
    app.config.update(
        SESSION_COOKIE_NAME="sandbox_pages",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=MOST_OF_A_FORM,
    )
    app.before_request(_check)
    app.after_request(_say)
    app.jinja_env.globals["form_token"] = form_token


def form_token() -> str:
    """What a form of this session must bring back."""
    if "form" not in session:
        session["form"] = secrets.token_urlsafe(KEY_BYTES)
    token: str = session["form"]
    return token


def allow(directive: str, *sources: str) -> None:
    """Let the page that is being made load from there too."""
    policy = g.setdefault("policy", dict(POLICY))
    policy[directive] = " ".join((policy.get(directive, "'self'"), *sources))


def is_followed(url: str) -> bool:
    """Whether a browser may be sent there: to a site, and to nothing that runs or shows by itself.

    Control characters and blanks are no part of an address, and browsers skip some of them.
    """
    if not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _check() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    given, kept = request.form.get("form", ""), session.get("form", "")
    if not kept or not hmac.compare_digest(given.encode(), kept.encode()):
        abort(FORBIDDEN)


def _say(response: Response) -> Response:
    policy = g.get("policy", POLICY)
    response.headers["Content-Security-Policy"] = "; ".join(
        f"{directive} {sources}" for directive, sources in policy.items()
    )
    response.headers.extend(HEADERS)
    if response.mimetype == "text/html":
        response.headers["Cache-Control"] = "no-store"
    return response
