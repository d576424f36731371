"""Payment providers: which systems collect, for which contract owners (D11, D17, D28, D34)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from immutables import Map
from msgspec.structs import replace

from sandbox.apis import Json
from sandbox.apis.elevate.models import INTEGRATED, shown
from sandbox.apis.elevate.rules.books import contract_owner
from sandbox.apis.elevate.rules.refusals import NotFoundError, RefusedError, UnknownIdError
from sandbox.engine.sandbox import Sandbox
from sandbox.provider.fixtures import PaymentProvider
from sandbox.provider.given import SCHEMES

NO_SCALARS = ("contractOwnerIds",)
"""Members that a list is neither sorted by nor cut down to (D5)."""
OWN = ("directDebitWithName", "creditorIdentifier")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a client says of a provider, as the provider's canonical fields and Elevate's own."""

    fields: dict[str, Any]

    @classmethod
    def from_json(cls, body: Json) -> "Settings":
        own = {name: body[name] for name in OWN if name in body}
        own["contractOwnerIds"] = tuple(map(int, body["contractOwnerIds"]))
        return cls(
            {
                "kind": body["type"],
                "name": body["name"],
                "status": body["status"].lower(),
                "schemes": SCHEMES.get(body["type"], ()),
                "instant": body.get("instantBankPayments", False),
                "retries": body.get("retryIfPossible", False),
                "accepts_external": body.get("acceptExternalPayments", False),
                "credits_first_payment": body.get(
                    "syncInstantBankPaymentsWithMandateCreation", False
                ),
                "blocks": Map(elevate=Map(own)),
            }
        )


def as_json(provider: PaymentProvider) -> dict[str, Any]:
    """A provider in Elevate's words."""
    block = provider.block("elevate")
    return shown(
        id=provider.id,
        type=provider.kind,
        name=provider.name,
        directDebitWithName=block.get("directDebitWithName"),
        status=provider.status.upper(),
        creditorIdentifier=block.get("creditorIdentifier"),
        instantBankPayments=provider.instant,
        retryIfPossible=provider.retries,
        acceptExternalPayments=provider.accepts_external,
        contractOwnerIds=list(contract_owners(provider)),
        syncInstantBankPaymentsWithMandateCreation=provider.credits_first_payment,
    )


def contract_owners(provider: PaymentProvider) -> tuple[int, ...]:
    """Whom it serves; contract owner 1 unless a fixture says otherwise."""
    owners: tuple[int, ...] = provider.block("elevate").get("contractOwnerIds", (1,))
    return owners


def known(sandbox: Sandbox) -> list[PaymentProvider]:
    """The providers that Elevate is set up with, by id."""
    return [each for each in sandbox.all(PaymentProvider) if each.is_known_to("elevate")]


def create(sandbox: Sandbox, settings: Settings) -> PaymentProvider:
    """Set up another provider. Two of one kind are allowed (D17)."""
    provider = PaymentProvider(
        id=sandbox.next_id(PaymentProvider),
        ref=sandbox.next_ref(PaymentProvider),
        api="elevate",
        **settings.fields,
    )
    return sandbox.keep(provider)


def get(sandbox: Sandbox, id: int) -> PaymentProvider:
    """The provider that a path names."""
    provider = sandbox.find(PaymentProvider, id)
    if provider is None or not provider.is_known_to("elevate"):
        raise NotFoundError("payment provider", id)
    return provider


def update(
    sandbox: Sandbox, id: int, patched: Callable[[dict[str, Any]], dict[str, Any]]
) -> PaymentProvider:
    """Change every field but the id, all or nothing (D11)."""
    provider = get(sandbox, id)
    fields = Settings.from_json(patched(as_json(provider))).fields
    fields["blocks"] = provider.blocks.update(fields["blocks"])
    if fields["kind"] == provider.kind:
        fields["schemes"] = provider.schemes
    return sandbox.keep(replace(provider, **fields))


def named(sandbox: Sandbox, id: int, field: str) -> PaymentProvider:
    """The provider that a body names, or UnknownIdError for that member."""
    provider = sandbox.find(PaymentProvider, id)
    if provider is None or not provider.is_known_to("elevate"):
        raise UnknownIdError(field, "payment provider", id)
    return provider


def serving(sandbox: Sandbox, method: str, customer: int) -> PaymentProvider:
    """The provider that collects from this customer by this method: the lowest id (D17)."""
    owner = contract_owner(sandbox, customer)
    for provider in known(sandbox):
        instant = method == "GC_INSTANT_BANK_PAYMENTS" and provider.instant
        fits = provider.kind == method or (instant and provider.kind == "GO_CARDLESS")
        if fits and provider.status == "active" and owner in contract_owners(provider):
            return provider
    raise RefusedError(f"There is no ACTIVE {method} payment provider for contract owner {owner}")


def for_mandate(sandbox: Sandbox, method: str, customer: int) -> PaymentProvider:
    """The provider that makes a site's mandate: by the site's method if integrated (D28)."""
    if INTEGRATED.get(method, "") in ("bacs", "card"):
        return serving(sandbox, method, customer)
    owner = contract_owner(sandbox, customer)
    for provider in known(sandbox):
        makes = INTEGRATED.get(provider.kind, "") in ("bacs", "card")
        if makes and provider.status == "active" and owner in contract_owners(provider):
            return provider
    raise RefusedError(f"There is no ACTIVE integrated payment provider for contract owner {owner}")
