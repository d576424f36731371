import json
from functools import reduce
from operator import getitem
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.scenario.language.loader import load
from sandbox.scenario.language.yaml_nodes import plain, read

ROOT = Path(__file__).parents[3]
SHIPPED = [*sorted((ROOT / "scenarios").glob("*.yaml")), ROOT / "sandbox/scenario/happy-path.yaml"]
HEAD = "scenario: late\nversion: 1\n"


def cases(name):
    """`### label`, a file, `--->`, and what is said of it."""
    for part in (Path(__file__).parent / name).read_text().split("### ")[1:]:
        label, _, rest = part.partition("\n")
        text, _, said = rest.partition("--->\n")
        yield pytest.param(text, said.strip("\n"), id=label)


@pytest.mark.parametrize(("text", "said"), [*cases("malformed.txt"), *cases("checked.txt")])
def test_what_is_wrong_is_said_with_its_place_and_what_was_meant(vocabulary, text, said):
    loaded = load(text, "late.yaml", vocabulary)

    assert "\n".join(map(str, loaded.problems)) == said
    assert (loaded.scenario is None) == any("warning" not in line for line in said.splitlines())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_right(words, path):
    loaded = load(path.read_bytes(), path.name, words)

    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.ok().name == path.stem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "late.yaml:1:1  an empty file"),
        (b"\xff\xfe\x00\x01", "late.yaml:1:1  not a text file in UTF-8: byte 1 is 0xFF"),
        (b"scenario: x\x00", "late.yaml:1:12  not a text file: it has the character U+0000"),
        (b"a" * 262145, "late.yaml:1:1  a scenario has at most 256 KiB"),
        (b"\xef\xbb\xbf# nothing", "late.yaml:1:1  an empty file"),
    ],
    ids=["empty", "no UTF-8", "binary", "too large", "only a mark and a comment"],
)
def test_a_file_that_is_no_scenario_at_all(vocabulary, content, said):
    assert [str(problem) for problem in load(content, "late.yaml", vocabulary).problems] == [said]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("9" * 3000, f"at most 2000000000, not {'9' * 60}…"),
        ("9" * 5000, f"an integer is expected here, not `{'9' * 60}…`"),
        (f'"{"9" * 5000}"', f"an integer is expected here, not `{'9' * 60}…`"),
        ("0" * 5000, "an integer is expected here. Write 0, without quotes or leading zeros"),
    ],
    ids=["long", "longer than Python reads", "longer, in quotes", "zeros"],
)
def test_an_id_of_thousands_of_digits_is_refused_in_a_few(vocabulary, written, said):
    text = f"{HEAD}given: {{ resources: {{ customers: [{{ id: {written} }}] }} }}"

    [problem] = load(text, "late.yaml", vocabulary).problems

    assert (problem.key, problem.message) == ("given.resources.customers[0].id", said)


@pytest.mark.parametrize("part", ["[", "{", "- ", "? ", "{a: ", "[\n"])
def test_deep_nesting_is_refused_and_not_followed(vocabulary, part):
    [problem] = load(part * 50_000, "late.yaml", vocabulary).problems

    assert problem.message == "nested deeper than 32 levels"


def test_a_file_with_thousands_of_problems_lists_the_first_five_hundred(vocabulary):
    text = HEAD + "rules:\n" + "  - { wehn: payment.created }\n" * 4000

    problems = load(text, "late.yaml", vocabulary).problems

    assert len(problems) == 500
    assert str(problems[0]) == "late.yaml:4:7  rules[0].wehn: no such key. Did you mean `when`?"


def test_a_posted_scenario_is_named_as_the_file_it_would_be(vocabulary):
    loaded = load(HEAD + "given: { seed: x }\n", "", vocabulary)

    assert str(loaded.problems[0]) == (
        "late.yaml:3:16  given.seed: an integer is expected here, not `x`"
    )


def test_a_problem_has_its_parts_for_programs(vocabulary):
    [problem] = load(HEAD + "given: { sed: 1, seed: 1 }\n", "late.yaml", vocabulary).problems

    assert (problem.line, problem.column, problem.key) == (3, 10, "given.sed")
    assert (problem.message, problem.nearest) == ("no such key. Did you mean `seed`?", "seed")


def test_lines_may_end_as_on_windows(vocabulary):
    text = (HEAD + "given: { seed: 1 }\ntitel: x\n").replace("\n", "\r\n")

    [problem] = load(text, "late.yaml", vocabulary).problems

    assert str(problem) == "late.yaml:4:1  titel: no such key. Did you mean `title`?"


CONFIGURED = """
given:
  config:
    socotra:
      retryPlans: { Mine: { attempts: 1, hoursBetweenAttempts: [] } }
      shortfallTolerancePlans: { Mine: { currencyTolerances: { KDW: "1" } } }
      tenants:
        50c07a00-0000-4000-8000-000000000001:
          { defaultRetryPlan: Mine, defaultTimeZone: Europe/Pari }
"""


def test_an_api_says_what_is_wrong_with_its_configuration_in_its_place(words):
    problems = load(f"{HEAD}{CONFIGURED}", "late.yaml", words).problems

    assert [str(problem) for problem in problems] == [
        "late.yaml:7:27  given.config.socotra.retryPlans.Mine:"
        " attempts without hoursBetweenAttempts",
        "late.yaml:8:69  given.config.socotra.shortfallTolerancePlans.Mine.currencyTolerances.KDW:"
        " there is no currency `KDW`. Did you mean `KWD`?",
        "late.yaml:11:54  given.config.socotra.tenants.50c07a00-0000-4000-8000-000000000001"
        ".defaultTimeZone: there is no time zone `Europe/Pari`. Did you mean `Europe/Paris`?",
    ]


def test_what_does_not_fit_the_documents_schema_is_not_looked_at_any_closer(words):
    given = "given: { config: { socotra: { retryPlans: { Mine: { attempts: x } } } } }\n"

    problems = load(f"{HEAD}{given}", "late.yaml", words).problems

    assert [problem.key for problem in problems] == [
        "given.config.socotra.retryPlans.Mine",
        "given.config.socotra.retryPlans.Mine.attempts",
    ]


PIECES = [
    *("[", "]", "{", "}", ":", ",", "-", "?", "&", "*", "!", "|", ">", "'", '"', "%", "#", "\n"),
    *(" ", "\n  ", "  - ", ": ", "\t", "<<", "16:30", "010", "${params.x}", "\x85"),
    *(
        "scenario: a-b-c\n",
        "version: 1\n",
        "rules:\n  - ",
        "when",
        "payment.created",
        "then",
        "use",
    ),
    *("match", "given", "clock", "params: ", "timelines: ", "status: ", "failed"),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=60).map("".join)


@settings(deadline=None)
@given(TEXTS | st.binary(max_size=200))
def test_whatever_is_read_gives_a_scenario_or_problems(vocabulary, text):
    loaded = load(text, "late.yaml", vocabulary)

    assert (loaded.scenario is None) == any(one.severity == "error" for one in loaded.problems)


LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["${params.x}", "active", "x"])
SECTIONS = ["rules", "given", "params", "expect", "rehearse", "notices", "timelines"]
INNER = [
    *("when", "then", "match", "resources", "default", "of", "use", "one_of", "if", "status", "x"),
    *("with", "call", "in", "webhooks", "retries"),
]
KEYS = st.sampled_from([*SECTIONS, *INNER])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(SECTIONS), TREES, max_size=5))
def test_whatever_shape_a_file_has_it_is_refused_or_right(vocabulary, data):
    text = json.dumps({"scenario": "late", "version": 1} | data)

    loaded = load(text, "late.yaml", vocabulary)

    assert (loaded.scenario is None) == any(one.severity == "error" for one in loaded.problems)


def places(data, path=()):
    """The paths of everything inside a tree."""
    inside = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inside:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, key))


SCENARIO = plain(read((ROOT / "scenarios/mandate-fails-at-bank.yaml").read_text()).root)


@settings(deadline=None)
@given(st.sampled_from(list(places(SCENARIO))), TREES)
def test_a_right_file_with_anything_in_any_place_is_refused_or_right(vocabulary, path, value):
    data = json.loads(json.dumps(SCENARIO))
    around = reduce(getitem, path[:-1], data)
    around[path[-1]] = value

    loaded = load(json.dumps(data), "mandate-fails-at-bank.yaml", vocabulary)

    assert (loaded.scenario is None) == any(one.severity == "error" for one in loaded.problems)


def test_timelines_that_multiply_are_refused_and_not_followed(vocabulary):
    doubled = "".join(f"  t{n}: [{{ use: t{n + 1} }}, {{ use: t{n + 1} }}]\n" for n in range(40))
    text = (
        f"{HEAD}timelines:\n{doubled}  t40: [{{ emit: payment.released }}]\n"
        "rules: [{ when: payment.created, then: [{ use: t0 }] }]\n"
    )

    problems = load(text, "late.yaml", vocabulary).problems

    what = "this timeline has more than 1000 steps, with all that it uses"
    assert {problem.message for problem in problems} == {what}
    assert [problem.key for problem in problems][-1] == "timelines.t30"
