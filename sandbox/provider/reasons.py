"""Why the provider says no: one canonical code, and the scheme's own beside it.

Source: GoCardless's reason codes of Bacs (AUDDIS, ADDACS, ARUDD, DDICA); ISO 20022's for Faster
Payments; the card column is chosen. Where a scheme has several codes the first is the default.
"""

from typing import NamedTuple

from immutables import Map

from sandbox.engine.events import Reason


class Codes(NamedTuple):
    """What the schemes call one reason, by the event that has it; and whose word it is."""

    mandate_failed: tuple[str, ...] = ()
    mandate_cancelled: tuple[str, ...] = ()
    payment_failed: tuple[str, ...] = ()
    charged_back: tuple[str, ...] = ()
    iso: str = ""
    card: str = ""
    origin: str = "bank"


CATALOGUE: Map[str, Codes] = Map(
    {
        "refer_to_payer": Codes(("ARUDD-6",), ("ARUDD-6",), ("ARUDD-0",), iso="MS03"),
        "insufficient_funds": Codes(iso="AM04", card="51"),
        "bank_account_closed": Codes(
            ("AUDDIS-B",), ("ADDACS-B", "ARUDD-B"), ("ARUDD-B",), iso="AC04"
        ),
        "payer_deceased": Codes(("AUDDIS-2",), ("ADDACS-2", "ARUDD-2"), ("ARUDD-2",), iso="MD07"),
        "bank_account_transferred": Codes(
            ("AUDDIS-3", "AUDDIS-C"), ("ADDACS-3", "ADDACS-C", "ADDACS-E"), ("ARUDD-3",)
        ),
        "invalid_bank_details": Codes(
            ("AUDDIS-5", "ARUDD-5", "ARUDD-Y", "ARUDD-E"),
            (),
            ("ARUDD-5", "ARUDD-Y", "ARUDD-E"),
            iso="AC01",
        ),
        "direct_debit_not_enabled": Codes(("AUDDIS-F", "AUDDIS-G", "AUDDIS-N"), iso="AG01"),
        "mandate_cancelled": Codes(
            (), ("ADDACS-0", "ADDACS-1", "ARUDD-1"), ("ARUDD-1",), iso="MD01", origin="payer"
        ),
        "authorisation_disputed": Codes(
            (),
            ("ADDACS-D", "DDICA-4", "DDICA-5", "DDICA-6", "DDICA-8"),
            ("ARUDD-4", "ARUDD-7"),
            ("DDICA-1", "DDICA-2", "DDICA-4", "DDICA-5", "DDICA-6", "DDICA-8"),
            iso="MD06",
            origin="payer",
        ),
        "refused_by_payer": Codes(iso="MS02", origin="payer"),
        "currency_mismatch": Codes(iso="AM03"),
        "bank_declined_payment": Codes(iso="FAILED"),
        "daily_payment_limit_reached": Codes(iso="FAILED"),
        "insufficient_payment_permissions": Codes(iso="FAILED"),
        "payment_violated_mandate_parameters": Codes(iso="FAILED"),
        "card_declined": Codes(card="05"),
        "card_expired": Codes(card="54"),
        "payer_declined": Codes(origin="payer"),
        "flow_expired": Codes(origin="payer"),
        "initial_one_off_payment_failed": Codes(origin="provider"),
        "approval_denied": Codes(origin="payer"),
        "approval_expired": Codes(origin="client"),
        "approval_rejected": Codes(origin="client"),
        "verification_failed": Codes(origin="provider"),
        "mandate_failed": Codes(origin="provider"),
        "mandate_expired": Codes(origin="provider"),
        "mandate_blocked": Codes(origin="provider"),
        "payment_cancelled": Codes(origin="client"),
        "chargeback_cancelled": Codes(origin="payer"),
        "provider_error": Codes(origin="provider"),
        "other": Codes(payment_failed=("ARUDD-6",)),
    }
)

BACS_SAYS: Map[str, str] = Map(insufficient_funds="refer_to_payer")
"""Codes that Bacs does not have, and as what they arrive."""


def reason(  # noqa: PLR0913  what a step may say of a reason, each by name
    code: str,
    scheme: str = "",
    event: str = "",
    *,
    scheme_code: str | None = None,
    origin: str | None = None,
    text: str | None = None,
) -> Reason:
    """The reason of this code; what is not given is filled in by code, scheme and event.

    LookupError for a code that is not in the catalogue.
    """
    if code not in CATALOGUE:
        raise LookupError(f"no reason {code}; there are {', '.join(sorted(CATALOGUE))}")
    if scheme == "bacs":
        code = BACS_SAYS.get(code, code)
    codes = CATALOGUE[code]
    return Reason(
        code=code,
        scheme_code=scheme_code_of(codes, scheme, event) if scheme_code is None else scheme_code,
        origin=origin or codes.origin,
        text=text or "",
    )


def scheme_code_of(codes: Codes, scheme: str, event: str) -> str:
    """The scheme's own code, or the empty text where it has none."""
    match scheme:
        case "card":
            return codes.card
        case "faster_payments":
            return codes.iso
    resource, _, what = event.partition(".")
    if resource == "mandate":
        column = codes.mandate_cancelled if what == "cancelled" else codes.mandate_failed
    elif what == "charged_back":
        column = codes.charged_back
    elif resource == "payment":
        column = codes.payment_failed
    else:
        return codes.iso
    return column[0] if column else codes.iso if what == "failed" and codes.iso == "AM03" else ""
