"""What a rehearsal may say with a canonical call, whichever API it goes to."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.scenario.language.problems import Finding, Path, unknown
from sandbox.scenario.language.vocabulary import Vocabulary

WITH: Mapping[str, tuple[str, ...]] = {
    "mandates.create": ("site",),
    "mandates.get": ("mandate",),
    "mandates.list": ("site",),
    "payments.create": ("invoice", "amount", "description", "reference"),
    "payments.get": ("payment",),
    "payments.list": ("customer", "invoice"),
    "payments.cancel": ("payment",),
    "payments.retry": ("payment",),
    "instant_payments.create": ("invoice", "customer", "amount", "description"),
    "instant_payments.get": ("mandate",),
    "refunds.create": ("payment", "amount"),
    "refunds.list": ("customer", "invoice"),
    "payouts.create": ("customer", "amount", "reference", "execution_date"),
    "payouts.get": ("payout",),
    "payouts.update": ("payout", "status"),
    "provider.reprocess": (),
}
FORMS = {
    "amount": {"$ref": "#/$defs/signedMoney"},
    "execution_date": {"$ref": "#/$defs/date"},
    "description": {"type": "string"},
    "reference": {"type": "string"},
    "status": {"$ref": "#/$defs/payoutStatus"},
}
REFERENCE = {"$ref": "#/$defs/reference"}


def canonical(path: Path, act: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Finding]:
    """What is wrong with the fields of a canonical call. An API judges its own calls."""
    name = act.get("call")
    if not isinstance(name, str) or name not in WITH:
        return
    for field, value in act.get("with", {}).items():
        at = (*path, "with", field)
        if field not in WITH[name]:
            what = f"{name} has no field `{field}`"
            yield unknown(at, what, field, WITH[name], at_key=True)
        else:
            form = FORMS.get(field, REFERENCE)
            yield from vocabulary.schema.field_findings(value, form, at)
