"""What all of the provider's resources and their surroundings have in common."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from immutables import Map

from sandbox.engine.events import Reason
from sandbox.engine.ids import reference
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.state import Resource

NO_BLOCK: Map[str, Any] = Map()


class Known(Resource, frozen=True, kw_only=True):
    """Something that the provider, the APIs and scenarios speak of in one set of words.

    `api` is the only API that knows it; empty: all do. `blocks` holds, by API, what only that API
    has a word for. A field that holds another resource is its id, of the type that `references`
    says; where the type may vary (an invoice is normal or adhoc) it is a Subject.
    """

    indexed: ClassVar[tuple[str, ...]] = ("ref",)

    api: str = ""
    blocks: Map[str, Map[str, Any]] = Map()

    def block(self, api: str) -> Map[str, Any]:
        """What only `api` has a word for."""
        return self.blocks.get(api, NO_BLOCK)

    def is_known_to(self, api: str) -> bool:
        return self.api in ("", api)

    def known_to(self, apis: Iterable[str]) -> tuple[str, ...]:
        return (self.api,) if self.api else tuple(apis)


class Truth(Known, frozen=True, kw_only=True):
    """One of the provider's own resources, with a lifecycle.

    `reason` is that of its last move that had one, `last_event` the name of its last move.
    """

    reason: Reason | None = None
    last_event: str = ""
    created: datetime

    @property
    def provider_reference(self) -> str:
        """What the provider calls it: MD…, PM…, RF…, OUT… and ten digits."""
        return ""


T = TypeVar("T", bound=Truth)


def made(sandbox: Sandbox, type: type[T], known: Mapping[str, Any], **names: str) -> T:
    """A resource with the next id and ref, made now and not yet kept; what is `known` comes first.

    `names` are the prefixes of the provider's names for it, by the field that has one: MD, PM….
    """
    id, seed = sandbox.next_id(type), sandbox.state.seed
    defaults = {
        "id": id,
        "ref": sandbox.next_ref(type),
        "created": sandbox.now,
        **{field: reference(seed, prefix, id) for field, prefix in names.items()},
    }
    return type(**{**defaults, **known})
