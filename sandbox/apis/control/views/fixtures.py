"""What was given, in the words in which a scenario gives it, and how each API calls it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from immutables import Map

from sandbox.apis import Json
from sandbox.apis.control.views.resources import IDENTITY, blocks, fields, truths
from sandbox.engine.events import GIVEN
from sandbox.engine.sandbox import Sandbox
from sandbox.engine.scheduler import Subject
from sandbox.engine.state import Resource
from sandbox.provider import RESOURCES
from sandbox.provider.fixtures import (
    Account,
    AdhocInvoice,
    Customer,
    Invoice,
    PaymentProvider,
    Site,
    Webhook,
)
from sandbox.provider.mandates import Mandate
from sandbox.provider.truth import Known, Truth

Spelling = Callable[[Sandbox, Resource], Any]
"""How an API writes a resource's id; None where it does not know such a thing."""

INVOICE = ("kind", "number", "customer", "site", "amount", "paid", "currency", "issued", "due")
FIELDS: Mapping[type[Known], tuple[str, ...]] = Map(
    {
        PaymentProvider: (
            "name", "status", "schemes", "instant", "retries", "accepts_external",
            "credits_first_payment",
        ),
        Customer: ("name", "given_name", "family_name", "company", "email", "phone", "address"),
        Account: ("customer", "number", "currency", "balance", "credit_threshold"),
        Site: ("customer", "name", "reference", "bank_account"),
        Invoice: (*INVOICE, "status"),
        AdhocInvoice: (*INVOICE, "status"),
        Webhook: ("url", "events", "secret", "retries"),
    }
)  # fmt: skip
"""The fields of those kinds that have no lifecycle at the provider."""

KINDS: tuple[type[Known], ...] = (
    PaymentProvider,
    Customer,
    Account,
    Site,
    Mandate,
    Invoice,
    AdhocInvoice,
    *(RESOURCES[type] for type in ("payment", "instant_payment", "refund", "payout")),
    Webhook,
)
"""In the order in which they are listed."""


def fixtures(sandbox: Sandbox, spellings: Mapping[str, Spelling]) -> Iterator[Json]:
    """Every fixture, as it is now."""
    given = _given(sandbox)
    for kind in KINDS:
        for known in sandbox.all(kind):
            if kind in FIELDS or known.subject in given:
                yield fixture(sandbox, known, spellings)


def fixture(sandbox: Sandbox, known: Known, spellings: Mapping[str, Spelling]) -> Json:
    """One of them."""
    own = truths(sandbox, known) if isinstance(known, Truth) else _plain(sandbox, known)
    if isinstance(known, Webhook):
        own.pop("id")
    kind = known.type.removeprefix("adhoc_")
    return {"resource": kind, "ids": _ids(sandbox, known, spellings), **own}


def _plain(sandbox: Sandbox, known: Known) -> dict[str, Json]:
    own = fields(sandbox, known, (*IDENTITY, *FIELDS[type(known)]))
    # The language's word for it is taken: `type` is the type of a resource here.
    sort = {"type": known.kind} if isinstance(known, PaymentProvider) else {}
    return {**own, **sort, **blocks(known)}


def _ids(sandbox: Sandbox, known: Known, spellings: Mapping[str, Spelling]) -> dict[str, Json]:
    knowing = known.known_to(spellings)
    spelt = {api: spellings[api](sandbox, known) for api in knowing if api in spellings}
    return {api: id for api, id in spelt.items() if id is not None}


def _given(sandbox: Sandbox) -> set[Subject]:
    """The provider's own resources that were there before the first call."""
    return {event.subject for event in sandbox.state.events if event.cause == GIVEN}
