"""An API as it is served: where its document is, and the modules that simulate it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, cast

from sandbox.apis import Canonical, Deliverer, Errors
from sandbox.engine.document import Kept
from sandbox.scenario.language.vocabulary import Misfits
from sandbox.web.faults import PageFor

NOTHING = Kept()


@dataclass(frozen=True, slots=True)
class Api:
    """One of the APIs.

    `base` stands before every path of its document; `prefixes` are the paths that are its own, so
    that what is unknown there is refused in its words. A call of an API that `touches` the sandbox
    is something that happened in it. With `slashes` a path may end in one slash more.

    `hearing.hear` is what it does on a notice; `fixtures` make its view of what is given, by
    `given` one by one and by `laid` all at once; `canonical` has scenarios' words in its own;
    `check` refuses a token that lacks a permission; `page_for` leads to where a person approves;
    `outbound` has its webhooks; `misfits` finds what is wrong with how a scenario configures it;
    `kept` is what it keeps in a sandbox.
    """

    name: str
    base: str
    operations: ModuleType
    errors: Errors
    prefixes: tuple[str, ...]
    document: str  # the path at which it can be fetched
    touches: bool = True
    slashes: bool = False
    hearing: ModuleType | None = None
    fixtures: ModuleType | None = None
    canonical: Canonical | None = None
    check: Callable[[str, str, str, Sequence[str]], None] | None = None
    page_for: PageFor | None = None
    outbound: Deliverer | None = None
    misfits: Misfits | None = None
    kept: Kept = NOTHING

    @classmethod
    def shipped(cls, name: str, base: str, *, prefixes: tuple[str, ...] = (), **more: Any) -> "Api":
        """One of `sandbox.apis`. Its modules have the names that they have in each of them."""
        package = f"sandbox.apis.{name}"
        own = prefixes or (base,)
        return cls(
            name=name,
            base=base,
            operations=import_module(f"{package}.operations"),
            errors=cast("Errors", import_module(f"{package}.errors")),
            prefixes=own,
            document=f"{own[0]}/openapi.json",
            hearing=_module(package, "hearing"),
            fixtures=_module(package, "fixtures"),
            canonical=cast("Canonical | None", _module(package, "canonical")),
            check=getattr(_module(package, "access"), "check", None),
            outbound=cast("Deliverer | None", _module(package, "outbound")),
            misfits=getattr(_module(package, "configuration"), "misfits", None),
            page_for=getattr(_module(package, "rules.approvals"), "page_for", None),
            kept=getattr(_module(package, "kept"), "KEPT", NOTHING),
            **more,
        )


def _module(package: str, name: str) -> ModuleType | None:
    """A module that not every API has."""
    path = f"{package}.{name}"
    return import_module(path) if find_spec(path) else None
