"""The APIs' tests by way of Prism, where `SANDBOX_TEST_PROXY=prism` asks for it.

Prism holds each call and each answer against the document. A test fails on what it reports, unless
the call was wrong on purpose: we refused it, for what Prism says too.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from sandbox.coverage import Coverage
from sandbox.web.app import App
from sandbox.web.exercised import Exercised

SPECS = Path(__file__).parents[2] / "specs"
BASES = {"elevate": "/v1", "backend": "/backend/api/v1", "socotra": ""}
NO_SUCH_CALL = "Selected route not found"
NOT_JSON = {"error": {"code": "invalid_json", "message": "Invalid JSON"}}
# Prism cannot count further, and says so of every int64.
LAST_OF_PRISM = f"must be <= {2**53 - 1}"
# Flags may be in any case of letters, which the document says by a word that Prism does not know.
FLAGS = ("true", "false", "yes", "no")
REFUSED_UNREAD = (401, 403, 406, 413, 415)
# Served besides what the document has. To Prism a slash at the end is an empty id.
OUTSIDE = ("/", "/openapi.json")
# What each document says once and for all, and lists for no operation.
UNLISTED = (406, 409, 422, 429, 503, 504)


class ByPrism(HTTPAdapter):
    """Sends what is meant for a server through the Prism in front of it, and counts."""

    def __init__(self, server: str, prism: str) -> None:
        super().__init__()
        self.server = server
        self.prism = prism
        self.calls = 0

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        assert request.url
        straight = request.url
        if straight.partition("?")[0].endswith(OUTSIDE):
            return super().send(request, **more)
        request.url = straight.replace(self.server, self.prism, 1)
        answer = super().send(request, **more)
        if "X-Sandbox-Request" not in answer.headers:
            # It passes on no body that is not JSON, and has nothing to say of it.
            assert answer.json() == NOT_JSON, answer.text
            request.url = straight
            return super().send(request, **more)
        self.calls += 1
        told = json.loads(answer.headers.get("sl-violations", "[]"))
        wrong = [violation for violation in told if not _is_agreed(violation, answer, straight)]
        assert not wrong, f"{request.method} {straight}: {wrong}\n{request.body}\n{answer.text}"
        return answer


def _is_agreed(violation: Any, answer: requests.Response, url: str) -> bool:
    """Whether a violation is none of ours: we refused the call, for what was wrong with it."""
    status, message = answer.status_code, violation["message"]
    if violation["location"][0] == "response":
        return violation["severity"] == "Warning" and status in UNLISTED
    if message == NO_SUCH_CALL:
        return status in (404, 405)
    if status in REFUSED_UNREAD or message.endswith(LAST_OF_PRISM):
        return True
    if violation["code"] == "enum" and violation["location"][1] == "query":
        asked = dict(parse_qsl(urlsplit(url).query)).get(violation["location"][2], "")
        if asked != asked.lower() and asked.lower() in FLAGS:
            return True
    return status == 400 and bool(_journalled(answer, url)["violations"])


def _journalled(answer: requests.Response, url: str) -> Any:
    """What our own journal has of a call."""
    server = "/".join(url.split("/")[:3])
    found = requests.get(
        f"{server}/_sandbox/requests/{answer.headers['X-Sandbox-Request']}",
        headers={"Authorization": answer.request.headers.get("Authorization", "Bearer prism")},
        timeout=10,
    )
    assert found.ok, found.text
    return found.json()


@pytest.fixture(scope="session")
def counting(coverage: Coverage | None) -> Callable[[App], AbstractContextManager[None]]:
    """Counts what the sandboxes of a server in this process exercise."""

    @contextmanager
    def counting(app: App) -> Iterator[None]:
        exercised = Exercised(app.process.server)
        yield
        if coverage:
            coverage.merge(exercised.counts())

    return counting


@pytest.fixture(scope="session")
def by_prism(
    prism: Callable[..., str], record_testsuite_property: Callable[[str, object], None]
) -> Iterator[Callable[[requests.Session, str, str], None]]:
    """Has a session's calls of an API go through Prism, if that is asked for."""
    adapters: dict[tuple[str, str], ByPrism] = {}

    def by_prism(session: requests.Session, api: str, address: str) -> None:
        if os.environ.get("SANDBOX_TEST_PROXY") != "prism":
            return
        server = address + BASES[api]
        if (api, server) not in adapters:
            adapters[api, server] = ByPrism(server, prism(SPECS / f"{api}.yaml", server))
        session.mount(f"{server}/", adapters[api, server])
        session.mount(f"{address}/_sandbox/", HTTPAdapter())

    yield by_prism
    for (api, _), adapter in adapters.items():
        record_testsuite_property(api, adapter.calls)
