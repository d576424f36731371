"""Imports that are put off: what the server never needs, it never loads."""

import subprocess
import sys

from sandbox.web.sparing import put_off

LOADED = """
import sys
import sandbox.web.serving
print({name.partition(".")[0] for name in sys.modules} & {"flask", "httpx", "jinja2", "requests"})
"""
TESTED = """
from connexion import AsyncApp
import sandbox.web
print(AsyncApp("tested").test_client().get("/").status_code)
"""


def printed_by(code, *options):
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_what_connexion_has_for_others_is_not_loaded_to_serve():
    assert printed_by(LOADED) == "set()\n"


def test_what_connexion_has_for_others_works_all_the_same():
    code = f"import sandbox.web\n{TESTED}"

    assert printed_by(code, "-W", "ignore") == printed_by(TESTED, "-W", "ignore") == "404\n"


def test_what_was_put_off_is_imported_when_it_is_called(monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with put_off("colorsys"):
        from colorsys import rgb_to_hsv
    before = "colorsys" in sys.modules

    assert rgb_to_hsv(0, 0, 3) == (2 / 3, 1.0, 3)
    assert (before, "colorsys" in sys.modules) == (False, True)


def test_what_is_there_is_not_put_off():
    with put_off("sys"):
        import sys as found

    assert found is sys
