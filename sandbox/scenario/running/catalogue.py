"""The catalogue of scenarios, as `scenarios/README.md` has it."""

from collections.abc import Iterable, Iterator

from sandbox.scenario.language.model import Param
from sandbox.scenario.running.library import Listed

HEAD = """\
# Scenarios

Each file is one story of how the provider behaves: what it is about stands in its head, what must
come of it in its `expect`, and a client that plays it in its `rehearse`.

```sh
sandbox check scenarios                          # are the files right?
sandbox rehearse scenarios/NAME.yaml             # play one, and see its timeline
sandbox rehearse scenarios --all-params          # play all, with every value of their parameters
sandbox rehearse scenarios --mutate              # would their lines notice if something went wrong?
```

[The guide](GUIDE.md) says how to write one. A value in **bold** is the default. This page is what
`sandbox scenarios --markdown` prints.

| scenario | story | tags | parameters |
| --- | --- | --- | --- |
"""


def as_markdown(scenarios: Iterable[Listed]) -> str:
    """The page: a row for each scenario that is right."""
    return HEAD + "".join(f"| {' | '.join(_row(one))} |\n" for one in scenarios if one.scenario)


def _row(one: Listed) -> Iterator[str]:
    scenario = one.scenario
    assert scenario is not None
    yield f"[{one.name}]({one.file})"
    yield scenario.title
    yield ", ".join(scenario.tags)
    yield "; ".join(_choices(scenario.params[name]) for name in sorted(scenario.params))


def _choices(param: Param) -> str:
    others = [str(value) for value in param.one_of if value != param.default]
    return f"`{param.name}`: {', '.join([f'**{param.default}**', *others])}"
