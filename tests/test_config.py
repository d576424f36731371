import pytest

from sandbox.config import SettingError, read, shipped, unknown


def test_a_setting_is_read_from_the_environment():
    settings = read(environment={"SANDBOX_PORT": "9000", "SANDBOX_SCENARIO": "x", "PORT": "1"})

    assert (settings.port, settings.scenario, settings.host) == (9000, "x", "127.0.0.1")


def test_what_the_caller_says_stands_before_the_environment():
    settings = read({"port": 0, "host": None}, {"SANDBOX_PORT": "9000", "SANDBOX_HOST": "::1"})

    assert (settings.port, settings.host) == (0, "::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("MAX_BODY", "0"),
        ("MAX", "0"),
        ("LOG_LEVEL", "loud"),
        ("ELEVATE_VERSION", "1.38"),
        ("ACCESS_LOG", "perhaps"),
        ("SCENARIOS", "no/such/folder"),
        ("SCENARIOS", __file__),
        ("SPECS", "no/such/folder"),
        ("COVERAGE", "no/such/folder/coverage.xml"),
    ],
)
def test_a_setting_that_nothing_can_be_done_with_is_refused_by_its_name(name, value):
    with pytest.raises(SettingError, match=f"SANDBOX_{name} is .*{value}.*; it must be"):
        read(environment={f"SANDBOX_{name}": value})


def test_a_misspelt_setting_is_found_with_the_one_that_was_meant():
    environment = {"SANDBOX_PROT": "1", "SANDBOX_URL": "http://x", "SANDBOX_PORT": "2", "PROT": "3"}

    assert unknown(environment) == {"SANDBOX_PROT": "SANDBOX_PORT"}


def test_specs_and_scenarios_are_found():
    assert (shipped("specs") / "control.yaml").is_file()
    assert (shipped("scenarios") / "everyday.yaml").is_file()
