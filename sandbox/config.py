"""Every setting of the server. The environment is read in this file and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sandbox.engine.words import nearest

PREFIX = "SANDBOX_"
PACKAGE = Path(__file__).parent
MEBIBYTE = 1024 * 1024


class SettingError(ValueError):
    """A setting has a value that nothing can be done with."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(f"{PREFIX}{name.upper()} is {value!r}; it must be {wanted}")


def shipped(name: str) -> Path:
    """Where `specs` and `scenarios` are: in the wheel, else beside the package in a checkout."""
    installed = PACKAGE / "_files" / name
    return installed if installed.is_dir() else PACKAGE.parent / name


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings, each read from `SANDBOX_` and its name in capitals.

    `scenarios` is a folder of scenario files beside those that ship; with `watch` its changes are
    taken over while the server runs. `jwt_key` signs the tokens of
    `POST /v1/authenticate`; its default is published, for nothing that it guards is a secret.
    `links_key` makes links unguessable, and should be set where others can reach the server.
    `merchant` is who payers read that they pay, where a world's provider shows no name.
    `max_body` is in bytes; `max` is how many sandboxes there may be, of which the longest unused
    makes room for one more. `coverage` is a file to which the server writes at its end what its
    sandboxes have exercised: Cobertura where it ends in `.xml`, else JSON.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    scenario: str = "everyday"
    scenarios: Path | None = None
    specs: Path | None = None
    max_body: int = MEBIBYTE
    max: int = 1000
    jwt_key: str = "payments-sandbox, published, and good for nothing but tests"
    links_key: str = "payments-sandbox links, published"
    elevate_version: str = "1.39"
    merchant: str = "Example merchant"
    log_level: str = "warning"
    access_log: bool = False
    watch: bool = False
    coverage: Path | None = None

    @property
    def specs_folder(self) -> Path:
        return self.specs or shipped("specs")

    @property
    def schema_file(self) -> Path:
        """The schema of scenario files. It is the language's, whatever documents are served."""
        return shipped("specs") / "scenario.schema.json"


LEVELS = ("critical", "error", "warning", "info", "debug")
VERSIONS = ("1.37", "1.39")
MOST_PORTS = 65_535


def read(
    overrides: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings of the environment, and `overrides` that are not None before them."""
    environment = os.environ if environment is None else environment
    given: dict[str, Any] = {
        field.name: _value(field.name, text)
        for field in fields(Settings)
        if (text := environment.get(PREFIX + field.name.upper(), ""))
    }
    given |= {name: value for name, value in (overrides or {}).items() if value is not None}
    settings = Settings(**given)
    for name, allowed in (("log_level", LEVELS), ("elevate_version", VERSIONS)):
        value = getattr(settings, name)
        if value not in allowed:
            raise SettingError(name, value, f"one of {', '.join(allowed)}")
    if not 0 <= settings.port <= MOST_PORTS:
        raise SettingError("port", settings.port, f"from 0 to {MOST_PORTS}")
    if settings.max_body < 1:
        raise SettingError("max_body", settings.max_body, "at least 1, in bytes")
    if settings.max < 1:
        raise SettingError("max", settings.max, "at least 1")
    if settings.scenarios and not settings.scenarios.is_dir():
        raise SettingError("scenarios", str(settings.scenarios), "a folder")
    if not (settings.specs_folder / "control.yaml").is_file():
        raise SettingError("specs", str(settings.specs), "a folder with the APIs' documents")
    if settings.coverage and not settings.coverage.parent.is_dir():
        raise SettingError("coverage", str(settings.coverage), "a file in a folder that exists")
    return settings


def unknown(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that look like settings and are none, each with the setting probably meant.

    Those near to none are others': CI and the plugin have their own.
    """
    environment = os.environ if environment is None else environment
    names = [field.name.upper() for field in fields(Settings)]
    given = sorted(name.removeprefix(PREFIX) for name in environment if name.startswith(PREFIX))
    meant = {name: nearest(name, names) for name in given if name not in names}
    return {PREFIX + name: PREFIX + near for name, near in meant.items() if near}


def _value(name: str, text: str) -> str | int | bool | Path:
    """`text` as its setting's type."""
    if name in ("port", "max_body", "max"):
        if not text.isdecimal():
            raise SettingError(name, text, "a whole number")
        return int(text)
    if name in ("access_log", "watch"):
        if text.lower() not in ("true", "false", "1", "0"):
            raise SettingError(name, text, "true or false")
        return text.lower() in ("true", "1")
    return Path(text) if name in ("scenarios", "specs", "coverage") else text
