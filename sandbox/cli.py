"""The command line: arguments in, one function called, text out.

What a command needs is imported in it, so that `ready` does not load the server.
"""

import gc
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sandbox.config import LEVELS, VERSIONS, SettingError, Settings, read, unknown

if TYPE_CHECKING:
    from sandbox.engine.lifecycle import Lifecycle
    from sandbox.scenario.language.problems import Problem

APIS = ("elevate", "backend", "socotra")  # in the order in which one is taken for a call
A_PATH = click.Path(exists=True, path_type=Path)
A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
A_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def _settings(**given: Any) -> Settings:
    try:
        return read(given)
    except SettingError as error:
        raise click.UsageError(str(error)) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="payments-sandbox")
def main() -> None:
    """A payments back end that runs on your machine and remembers."""


@main.command()
@click.option("--host", help="Where to listen; 0.0.0.0 is everywhere. [SANDBOX_HOST, 127.0.0.1]")
@click.option("--port", type=int, help="0 takes a free one. [SANDBOX_PORT, 8080]")
@click.option("--scenario", help="What new sandboxes are bound to. [SANDBOX_SCENARIO, everyday]")
@click.option("--scenarios", type=A_FOLDER, help="Your own scenarios. [SANDBOX_SCENARIOS]")
@click.option("--watch", is_flag=True, default=None, help="Take over its changes. [SANDBOX_WATCH]")
@click.option("--elevate-version", type=click.Choice(VERSIONS), help="[SANDBOX_ELEVATE_VERSION]")
@click.option("--log-level", type=click.Choice(LEVELS), help="[SANDBOX_LOG_LEVEL, warning]")
@click.option("--check", "strictly", is_flag=True, help="Refuse to start on a broken scenario.")
@click.option("--load", multiple=True, type=A_FILE, help="An exported sandbox to begin with.")
@click.option(
    "--coverage",
    type=click.Path(path_type=Path),
    help="Write there, at the end, what was exercised: JSON, or .xml. [SANDBOX_COVERAGE]",
)
def serve(strictly: bool, load: tuple[Path, ...], **given: Any) -> None:
    """Serve the APIs until told to stop."""
    settings = _settings(**given)
    for name, meant in unknown().items():
        click.echo(f"Warning: {name} is no setting. Did you mean {meant}?", err=True)
    gc.disable()  # a start makes no garbage, and a server looks for it itself
    from sandbox.scenario.language.problems import InvalidScenarioError
    from sandbox.scenario.running.library import NoSuchScenarioError
    from sandbox.web.loading import NotLoadedError
    from sandbox.web.server import serve as serve_until_told

    try:
        if strictly:
            _refuse_broken_scenarios(settings)
        app = serve_until_told(settings, _say_where, load)
    except (InvalidScenarioError, NoSuchScenarioError, NotLoadedError) as error:
        raise click.ClickException(str(error)) from error
    if settings.coverage:
        _write_coverage(settings.coverage, app.exercised())


def _write_coverage(path: Path, counts: Mapping[str, Mapping[str, int]]) -> None:
    from sandbox.coverage import Coverage

    coverage = Coverage()
    coverage.merge(counts)
    with _writing(path):
        coverage.write(path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error


def _say_where(address: str) -> None:
    click.echo(f"sandbox listens at {address}")


def _refuse_broken_scenarios(settings: Settings) -> None:
    from sandbox.web.scenario_files import refuse_broken

    refuse_broken(settings)


@main.command()
@click.option("--port", type=int, help="[SANDBOX_PORT, 8080]")
@click.option("--host", help="[SANDBOX_HOST, 127.0.0.1]")
def ready(**given: Any) -> None:
    """Is a server on this machine ready? It answers by its exit code."""
    from http.client import HTTPConnection, HTTPException

    settings = _settings(**given)
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    connection = HTTPConnection(host, settings.port, timeout=2)
    try:
        connection.request("GET", "/_sandbox/readyz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        click.echo(f"not ready: {error}", err=True)
        sys.exit(1)
    finally:
        connection.close()
    click.echo("ready" if status == HTTPStatus.OK else f"not ready: {status}")
    sys.exit(status != HTTPStatus.OK)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=A_PATH)
@click.option("--format", "form", type=click.Choice(("text", "json", "github")), default="text")
def check(paths: tuple[Path, ...], form: str) -> None:
    """Are these scenario files right? Exit code 1 if one is not."""
    from sandbox.web import scenario_files as scenarios

    found = scenarios.checked(scenarios.server(_settings()), paths)
    if form == "json":
        click.echo(json.dumps([asdict(problem) for problem in found], indent=2))
    for problem in found if form != "json" else ():
        click.echo(_annotation(problem) if form == "github" else str(problem))
    sys.exit(any(map(scenarios.is_error, found)))


def _annotation(problem: "Problem") -> str:
    """A problem as GitHub's workflows show it beside its line."""
    place = f"file={problem.file},line={problem.line},col={problem.column}"
    message = f"{problem.key}: {problem.message}" if problem.key else problem.message
    return f"::{problem.severity} {place}::{message}"


@main.command()
@click.argument("paths", nargs=-1, required=True, type=A_PATH)
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Not the default.")
@click.option("--all-params", is_flag=True, help="Every combination of the values that there are.")
@click.option("--api", type=click.Choice(APIS), help="Which one acts call that name none.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write the results there too.")
@click.option("--mutate", is_flag=True, help="Would a file notice if it were wrong in one place?")
def rehearse(  # noqa: PLR0913, PLR0917  an argument for each option
    paths: tuple[Path, ...],
    params: tuple[str, ...],
    all_params: bool,
    api: str | None,
    junit: Path | None,
    mutate: bool,
) -> None:
    """Play scenario files with a stand-in client. Exit code 1 if one does not do what it says.

    With --mutate each is changed in one place after the other, and a change that makes a difference
    which no line of the file notices makes the exit code 1 as well.
    """
    from junitparser import JUnitXml

    from sandbox.web import mutation
    from sandbox.web import scenario_files as scenarios

    values = dict(_value(text) for text in params)
    app = scenarios.server(_settings())
    report: Any = JUnitXml()
    right: list[Path] = []
    failed = False
    for path in scenarios.files(paths):
        played = scenarios.rehearsed(app, path, values, api, every=all_params or mutate)
        for rehearsal in played.rehearsals:
            if not mutate:
                title = f"{path}: {rehearsal.result.variant}"
                click.echo("\n".join([title, *rehearsal.timeline, *rehearsal.undecided, ""]))
        for suite in played.suites():
            report.add_testsuite(suite)
        for line in played.wrong:
            click.echo(line, err=True)
        if played.wrong:
            failed = True
        else:
            right.append(path)
    if mutate:
        for path, found in mutation.mutated(_settings(), right):
            click.echo("\n".join(mutation.told(path, found)))
            if found:
                report.add_testsuite(mutation.suite(path, found))
            failed = failed or mutation.has_survivor(found)
    if junit:
        report.update_statistics()
        with _writing(junit):
            report.write(str(junit))
    sys.exit(failed)


def _value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"--param takes NAME=VALUE, not {text!r}")
    return name, value


@main.command()
@click.option("--tag", "tags", multiple=True, help="Only those that bear it; or one of several.")
@click.option("--markdown", is_flag=True, help="As the catalogue, scenarios/README.md.")
def scenarios(tags: tuple[str, ...], markdown: bool) -> None:
    """List the scenarios that can be bound."""
    from sandbox.scenario.running.catalogue import as_markdown
    from sandbox.web import scenario_files

    found = scenario_files.listed(scenario_files.server(_settings()))
    if tags:
        found = [one for one in found if one.scenario and set(tags) & set(one.scenario.tags)]
    if markdown:
        click.echo(as_markdown(found), nl=False)
        return
    for one in found:
        title = one.scenario.title if one.scenario else "broken: `sandbox check` says why"
        click.echo(f"{one.name:<40} {title}".rstrip())


@main.command()
@click.option("--mermaid", is_flag=True, help="As state diagrams instead of tables.")
def lifecycles(mermaid: bool) -> None:
    """Print every lifecycle: the provider's, and what each API shows."""
    for lifecycle in _lifecycles():
        drawn = f"```mermaid\n{lifecycle.as_mermaid()}\n```" if mermaid else lifecycle.as_markdown()
        click.echo(f"### {lifecycle.resource}.{lifecycle.field}\n\n{drawn}\n")


def _lifecycles() -> "Iterator[type[Lifecycle]]":
    from importlib import import_module

    from sandbox import provider
    from sandbox.engine.lifecycle import Lifecycle

    yield from provider.LIFECYCLES.values()
    for api in APIS:
        module = import_module(f"sandbox.apis.{api}.lifecycles")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Lifecycle) and value is not Lifecycle:
                yield value


@main.command()
@click.argument("name")
@click.option("--version", type=click.Choice(VERSIONS), help="An older one, of elevate's.")
def spec(name: str, version: str | None) -> None:
    """Print the OpenAPI document of an API: elevate, backend, socotra or control."""
    from sandbox.web import documents

    folder = _settings().specs_folder
    known = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if name not in known:
        raise click.UsageError(f"there is no document {name}, only {', '.join(known)}")
    if version is None or version == VERSIONS[-1]:
        click.echo(known[name].read_text(encoding="utf-8"), nl=False)
        return
    document = documents.load(known[name])
    if not documents.is_versioned(document):
        raise click.UsageError(f"there is one version of {name}'s document")
    click.echo(documents.as_yaml(documents.as_of(document, version)), nl=False)
