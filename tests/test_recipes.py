"""The README's recipes for test suites: each runs where its tool is, and names only what exists."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import requests
import yaml

from sandbox.config import Settings, shipped

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
RECIPE = re.compile(r"<!-- recipe: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
RECIPES = dict(RECIPE.findall((ROOT / "README.md").read_text(encoding="utf-8")))
IMAGE = "payments-sandbox"
PORT = "8080"


def docker(*arguments):
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)


def why_no_container():
    """What keeps the image from being started here; empty where nothing does."""
    if not shutil.which("docker"):
        return "there is no docker"
    if docker("info").returncode:
        return "no Docker daemon answers"
    if docker("image", "inspect", IMAGE).returncode:
        return f"there is no image {IMAGE}"
    return ""


def test_there_is_a_recipe_for_each_way():
    assert sorted(RECIPES) == [
        "compose.yaml",
        "containers.py",
        "control.sh",
        "report",
        "test_dunning.py",
        "workflow.yaml",
    ]


def test_a_failing_test_reports_what_the_readme_shows(pytester, run_pytest, address, monkeypatch):
    monkeypatch.setenv("SANDBOX_URL", address)
    pytester.path.joinpath("test_dunning.py").write_text(RECIPES["test_dunning.py"])

    result = run_pytest()

    result.assert_outcomes(failed=1)
    assert RECIPES["report"] in result.stdout.str()


def settings():
    """The environment variables that the server reads."""
    return {f"SANDBOX_{name.upper()}" for name in Settings.__dataclass_fields__}


def test_the_workflow_names_only_what_exists():
    service = yaml.safe_load(RECIPES["workflow.yaml"])["jobs"]["test"]["services"]["payments"]

    assert service["image"].endswith(f"/{IMAGE}")
    assert service["ports"] == [f"{PORT}:{PORT}"]
    assert service["env"].keys() <= settings()
    assert (shipped("scenarios") / f"{service['env']['SANDBOX_SCENARIO']}.yaml").is_file()


def test_compose_waits_for_the_health_check_that_the_image_has():
    services = yaml.safe_load(RECIPES["compose.yaml"])["services"]
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert services["payments"]["image"] == IMAGE
    assert services["payments"]["ports"] == [f"{PORT}:{PORT}"]
    assert services["payments"]["volumes"] == ["./scenarios:/scenarios:ro"]
    assert services["tests"]["depends_on"] == {"payments": {"condition": "service_healthy"}}
    for line in (f"EXPOSE {PORT}", "HEALTHCHECK", "SANDBOX_SCENARIOS=/scenarios"):
        assert line in image


@pytest.mark.skipif(
    not shutil.which("docker") or bool(docker("compose", "version").returncode),
    reason="there is no docker compose",
)
def test_compose_itself_finds_nothing_wrong(tmp_path):
    (tmp_path / "compose.yaml").write_text(RECIPES["compose.yaml"])

    read = docker("compose", "--project-directory", str(tmp_path), "config", "--quiet")

    assert read.returncode == 0, read.stderr


def test_the_container_is_one_of_the_image_on_its_port(monkeypatch):
    containers = pytest.importorskip("testcontainers.core.container", reason="no testcontainers")
    from sandbox.testcontainers import SandboxContainer

    # What asks the daemon is not what is tested here.
    monkeypatch.setattr(containers, "DockerClient", lambda **_: None)
    container = SandboxContainer(IMAGE, scenarios="/tests/scenarios")

    assert container.image == IMAGE
    assert [str(port) for port in container.ports] == [PORT]
    assert container.volumes == {"/tests/scenarios": {"bind": "/scenarios", "mode": "ro"}}
    compile(RECIPES["containers.py"], "containers.py", "exec")


def test_the_container_plays_what_the_readme_says():
    pytest.importorskip("testcontainers", reason="no testcontainers")
    if why := why_no_container():
        pytest.skip(why)

    exec(compile(RECIPES["containers.py"], "containers.py", "exec"), {})


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_lines_of_curl_do_what_they_say(server, shell, tmp_path):
    before, advance, after = RECIPES["control.sh"].partition("sandbox -X POST")
    with server() as (_, address):
        printed = shell(before + THE_APPLICATION + advance + after, address, tmp_path)
        now = requests.get(f"{address}/_sandbox/clock", headers={"X-Sandbox": "my-test"}, timeout=9)

    exported = json.loads((tmp_path / "bug-report.json").read_text())
    assert '"first-collection"' in printed
    assert '"event":"mandate.active"' in printed.splitlines()[-1]
    assert exported["now"] == now.json()["now"]


# What is tested by them, meanwhile.
THE_APPLICATION = """
curl --fail --silent --show-error --output mandate.json localhost:8080/v1/site-payment-mandates \\
    -H 'Authorization: Bearer my-test' -H 'Content-Type: application/json' \\
    -d '{"siteId": 4001, "returnURL": "https://shop.example/"}'
"""
