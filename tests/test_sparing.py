"""Imports that are put off: what the server never needs, it never loads."""

import subprocess
import sys

import pytest

from sandbox.sparing import bare, put_off

LOADED = """
import sys
import sandbox.web.server
unused = {"a2wsgi", "flask", "httpx", "jinja2", "junitparser", "multiprocessing", "requests"}
print(unused & sys.modules.keys())
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


def test_a_module_of_a_package_is_imported_without_the_rest_of_it():
    code = """
import sys
from datetime import date
from sandbox.engine.calendar import CalendarName, bank_holidays
print(all(bank_holidays(name, 2026) for name in CalendarName if name in ("uk-bacs", "target2")))
print(sum(name.startswith("holidays.countries.") for name in sys.modules))
from holidays.countries import France
print(date(2026, 7, 14) in France())
"""

    assert printed_by(code) == "True\n1\nTrue\n"


def test_a_package_that_is_not_there_is_not_bare_either():
    with pytest.raises(ModuleNotFoundError, match=r"email\.nothing"), bare("email.nothing"):
        pass
