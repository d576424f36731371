"""What was given, in the words in which a scenario gives it, and how each API calls it."""

from collections.abc import Generator, Mapping

from sandbox.apis import Json, Server
from sandbox.apis.control.views.lists import listed
from sandbox.apis.control.views.resources import IDENTITY, blocks, fields, truths
from sandbox.engine.events import GIVEN
from sandbox.engine.sandbox import Sandbox
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
from sandbox.scenario.running.reading import shown

INVOICE = ("kind", "number", "customer", "site", "amount", "paid", "currency", "issued", "due")
FIELDS: Mapping[type[Known], tuple[str, ...]] = {
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
}  # fmt: skip
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


def fixtures(sandbox: Sandbox, server: Server) -> Generator[None, None, list[Json]]:
    """Every fixture, as it is now."""
    given = set()  # the provider's own resources that were there before the first call
    for event in sandbox.state.events:
        if event.cause == GIVEN:
            given.add(event.subject)
        yield
    every = (known for kind in KINDS for known in sandbox.all(kind))
    return (
        yield from listed(
            fixture(sandbox, known, server)
            if type(known) in FIELDS or known.subject in given
            else None
            for known in every
        )
    )


def fixture(sandbox: Sandbox, known: Known, server: Server) -> Json:
    """One of them. An API's block has what was given in it, and what it has worked out since."""
    own = truths(sandbox, known) if isinstance(known, Truth) else _plain(sandbox, known)
    if isinstance(known, Webhook):
        own.pop("id")
    kind = known.type.removeprefix("adhoc_")
    knowing = known.known_to(server.spellings)
    worked_out = {
        api: server.blocks[api](sandbox, known) for api in knowing if api in server.blocks
    }
    filled = {api: {**own.get(api, {}), **shown(more)} for api, more in worked_out.items() if more}
    return {"resource": kind, "ids": _ids(sandbox, known, server), **own, **filled}


def _plain(sandbox: Sandbox, known: Known) -> dict[str, Json]:
    own = fields(sandbox, known, (*IDENTITY, *FIELDS[type(known)]))
    # The language's word for it is taken: `type` is the type of a resource here.
    sort = {"type": known.kind} if isinstance(known, PaymentProvider) else {}
    return {**own, **sort, **blocks(known)}


def _ids(sandbox: Sandbox, known: Known, server: Server) -> dict[str, Json]:
    spellings = server.spellings
    knowing = known.known_to(spellings)
    spelt = {api: spellings[api](sandbox, known) for api in knowing if api in spellings}
    return {api: id for api, id in spelt.items() if id is not None}
