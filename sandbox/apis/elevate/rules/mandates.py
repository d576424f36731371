"""Mandates of sites: asked for, finished by the payer, looked up at the provider (D27, D28)."""

from typing import Any

from immutables import Map

from sandbox.apis import Json
from sandbox.apis.elevate.lifecycles import ACCEPTED
from sandbox.apis.elevate.models import INTEGRATED, Mandate, shown
from sandbox.apis.elevate.rules import providers
from sandbox.apis.elevate.rules.books import contract_owner, site_method
from sandbox.apis.elevate.rules.refusals import (
    FieldError,
    NotFoundError,
    RefusedError,
    UnknownIdError,
)
from sandbox.engine.clock import written
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import mandates
from sandbox.provider.fixtures import Customer, PaymentProvider, Site
from sandbox.provider.mandates import MandateStatus

STATUS_GIVEN = {
    "created": "CREATED",
    "awaiting_approval": "PENDING_CUSTOMER_APPROVAL",
    "submitted": "SUBMITTED",
    "active": "ACTIVE",
    "failed": "FAILED",
    "cancelled": "CANCELLED",
    "expired": "EXPIRED",
    "suspended": "INACTIVE",
    "blocked": "BLOCKED",
    "requested": "NEW",
}
"""What Elevate calls a mandate that was given in this status."""


def request(sandbox: Sandbox, body: Json, page: str) -> Mandate:
    """Ask the provider for a site's mandate. The payer finishes it on `page`, or is sent there."""
    site = sandbox.find(Site, body["siteId"])
    if site is None or not site.is_known_to("elevate"):
        raise UnknownIdError("siteId", "site", body["siteId"])
    provider = providers.for_mandate(sandbox, site_method(site), site.customer)
    asked = mandates.request(
        sandbox,
        customer=site.customer,
        site=site.id,
        provider=provider.id,
        scheme=INTEGRATED[provider.kind],
        bank_account=site.bank_account,
        api="elevate",
        blocks=Map(elevate=Map(_ways_back(body))),
    )
    return sandbox.keep(
        Mandate(
            id=sandbox.next_id(Mandate),
            site=site.id,
            mandate=asked.id,
            method=provider.kind,
            redirect_url=body.get("redirectURL") or f"{page}/{asked.flow_token}",
            flow_token=asked.flow_token,
            return_url=body["returnURL"],
            exit_url=body.get("exitURL"),
        )
    )


def _ways_back(body: Json) -> dict[str, str]:
    """Where the page sends the payer afterwards, in the words that a fixture has for it too."""
    return {name: body[name] for name in ("returnURL", "exitURL") if name in body}


def accepted(sandbox: Sandbox, site: int, method: str) -> mandates.Mandate:
    """The mandate under which a site pays by `method`: the newest that Elevate accepts (D17)."""
    for id in reversed(sandbox.ids(Mandate, site=site)):
        mandate = sandbox.get(Mandate, id)
        if mandate.status in ACCEPTED and INTEGRATED[mandate.method] == INTEGRATED[method]:
            return sandbox.get(mandates.Mandate, mandate.mandate)
    raise RefusedError(f"Site {site} has no mandate in an accepted state for {method}")


def customer_reference(mandate: mandates.Mandate) -> str:
    """The payer in the provider's books, unless a fixture says otherwise."""
    own: str = mandate.block("elevate").get("thirdPartyCustomerReference", "")
    return own or mandate.customer_reference


def at_the_provider(
    sandbox: Sandbox,
    method: str,
    reference: str,
    *,
    payer: str | None,
    owner: int | None,
) -> dict[str, Any]:
    """What the provider says of a mandate: always the truth, in any status (D28)."""
    if method not in INTEGRATED:
        raise FieldError("paymentMethod", f"{method} is no integrated method", where="path")
    mandate = sandbox.last(mandates.Mandate, reference=reference)
    provider = sandbox.find(PaymentProvider, mandate.provider) if mandate else None
    fits = (
        mandate is not None
        and mandate.is_known_to("elevate")
        and mandate.status != MandateStatus.REQUESTED
        and method == (provider.kind if provider else "GO_CARDLESS")
        and payer in (None, customer_reference(mandate))
        and owner in (None, contract_owner(sandbox, mandate.customer or 0))
    )
    if mandate is None or not fits:
        raise NotFoundError(f"{method} mandate", reference)
    return _as_json(sandbox, mandate)


def _as_json(sandbox: Sandbox, mandate: mandates.Mandate) -> dict[str, Any]:
    customer = sandbox.get(Customer, mandate.customer)
    address = customer.address
    return shown(
        mandateReference=mandate.reference,
        thirdPartyCustomerReference=customer_reference(mandate),
        createdAt=written(mandate.created),
        emailAddress=customer.email or None,
        firstName=customer.given_name or None,
        lastName=customer.family_name or None,
        companyName=customer.company or None,
        addressLine1=address.get("line1"),
        addressLine2=address.get("line2"),
        addressLine3=address.get("line3"),
        city=address.get("city"),
        region=address.get("region"),
        postcode=address.get("postcode"),
        countryCode=address.get("country"),
        telephoneNumber=customer.phone or None,
        status=STATUS_OF_EVENT.get(mandate.last_event, STATUS_GIVEN[mandate.status]),
    )


STATUS_OF_EVENT = {
    "mandate.created": "CREATED",
    "mandate.approval_requested": "PENDING_CUSTOMER_APPROVAL",
    "mandate.approval_granted": "CUSTOMER_APPROVAL_GRANTED",
    "mandate.approval_skipped": "CUSTOMER_APPROVAL_SKIPPED",
    "mandate.submitted": "SUBMITTED",
    "mandate.active": "ACTIVE",
    "mandate.failed": "FAILED",
    "mandate.cancelled": "CANCELLED",
    "mandate.expired": "EXPIRED",
    "mandate.suspended": "INACTIVE",
    "mandate.resumed": "ACTIVE",
    "mandate.reinstated": "REINSTATED",
    "mandate.reinstatement_failed": "FAILED",
    "mandate.blocked": "BLOCKED",
    "mandate.resubmission_requested": "RESUBMISSION_REQUESTED",
}
"""What Elevate calls a mandate after each of the provider's events (D27)."""
