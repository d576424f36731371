"""Every setting of the server. The environment is read in this file and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

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
    """The settings, each read from `SANDBOX_` and its name in capitals: the README's table."""

    host: Annotated[str, "where to listen; the image listens everywhere"] = "127.0.0.1"
    port: Annotated[int, "0 takes a free one"] = 8080
    scenario: Annotated[str, "what new sandboxes are bound to"] = "everyday"
    scenarios: Annotated[
        Path | None, "a folder of your own, beside those that ship; in the image `/scenarios`"
    ] = None
    watch: Annotated[bool, "take over its changes while the server runs"] = False
    elevate_version: Annotated[
        str, 'or `1.37`; of one sandbox by `PATCH /_sandbox`, `{"elevateVersion": "1.37"}`'
    ] = "1.39"
    merchant: Annotated[str, "whom payers read that they pay, where the provider shows no name"] = (
        "Example merchant"
    )
    max: Annotated[int, "how many sandboxes there may be"] = 1000
    max_body: Annotated[int, "bytes that a request's body may have"] = MEBIBYTE
    jwt_key: Annotated[
        str, "signs the tokens of `POST /v1/authenticate`; nothing that it guards is a secret"
    ] = "payments-sandbox, published, and good for nothing but tests"
    links_key: Annotated[
        str, "makes links unguessable; to be set where others can reach the server"
    ] = "payments-sandbox links, published"
    log_level: Annotated[str, "`critical`, `error`, `warning`, `info` or `debug`"] = "warning"
    access_log: Annotated[bool, "a line for each request, where the level is `info`"] = False
    coverage: Annotated[
        Path | None, "a file for what was exercised: Cobertura if it ends in `.xml`, else JSON"
    ] = None
    specs: Annotated[Path | None, "a folder of documents in the place of those that ship"] = None

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
        one.name: _value(one.name, text)
        for one in fields(Settings)
        if (text := environment.get(PREFIX + one.name.upper(), ""))
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
