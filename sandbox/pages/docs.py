"""The documents to browse, and to try against this server: Swagger UI, which a package brings.

It is swagger-ui-bundle's (Apache-2.0). Nothing is loaded from elsewhere, and requests go nowhere
else either: the page's policy holds a browser to this server, whatever a document names besides.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, render_template, request, send_from_directory
from swagger_ui_bundle import swagger_ui_path

from sandbox.pages.asked import NOT_FOUND

VIEWER = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})
TITLES = {
    "elevate": "Elevate: Payment and Refund API",
    "backend": "The billing platform: payments API",
    "socotra": "Socotra: billing Payments API",
    "control": "The sandbox itself",
}
A_DAY = 24 * 60 * 60


def pages(documents: Mapping[str, str]) -> Blueprint:
    """`documents` are by API where each has its own."""
    blueprint = Blueprint("docs", __name__, url_prefix="/_sandbox/docs")

    @blueprint.get("", strict_slashes=False)
    def docs() -> str:
        api = request.args.get("api", next(iter(documents)))
        if api not in documents:
            abort(NOT_FOUND)
        return render_template(
            "docs.html",
            api=api,
            titles={name: TITLES.get(name, name) for name in documents},
            document=request.script_root + documents[api],
            sandbox=request.args.get("sandbox", "docs"),
        )

    @blueprint.get("/viewer/<name>")
    def viewer(name: str) -> Any:
        if name not in VIEWER:
            abort(NOT_FOUND)
        return send_from_directory(str(swagger_ui_path), name, max_age=A_DAY)

    return blueprint
