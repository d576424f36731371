"""The pages as one Flask application. web/asking.py mounts it."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from sandbox.pages import console, docs, payer, words
from sandbox.pages.asked import Ask
from sandbox.pages.guarding import guard

REFUSALS = {
    403: "This form is no longer valid. Open the page again and repeat what you did.",
    404: "There is nothing under this link. It may be mistyped, or its sandbox is gone.",
    405: "This page takes no such request.",
    413: "That is too much for a form.",
}


def build_pages(ask: Ask, documents: Mapping[str, str], merchant: str) -> Flask:
    """All pages. `ask` is their one way to the server; `documents` are by API where it has them.

    `merchant` is the name of who wants money from payers, where a world says nothing of it.
    """
    app = Flask("sandbox.pages", static_url_path="/_sandbox/static")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard(app)
    words.put(app.jinja_env)
    app.register_blueprint(payer.pages(ask, merchant))
    app.register_blueprint(docs.pages(documents))
    app.register_blueprint(console.pages(ask))
    app.register_error_handler(HTTPException, _refused)
    return app


def _refused(error: HTTPException) -> Any:
    status = error.code or 500
    text = REFUSALS.get(status, "The page could not be made. The server's log says why.")
    return render_template("refused.html", status=status, text=text), status
