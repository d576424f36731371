"""What Socotra keeps in a sandbox, for who writes one down."""

from immutables import Map

from sandbox.apis.socotra import models, views
from sandbox.apis.socotra.rules import charges, deliveries, drafts, numbering
from sandbox.engine.document import Kept
from sandbox.engine.state import Ids

KEPT = Kept(
    resources=(
        models.Account,
        models.Instrument,
        models.Invoice,
        models.Payment,
        models.CashTransaction,
        models.Attempt,
        models.ShortfallCredit,
        models.LedgerEntry,
        models.StreamEvent,
        models.Webhook,
        deliveries.Delivery,
    ),
    parts={
        views.TARGETS: Map[str, Ids],
        views.UNORDERED: Map[str, bool],
        deliveries.OUTBOX: tuple[deliveries.Sending, ...],
        deliveries.TRIES: int,
        numbering.COUNTERS: Map[str, int],
        drafts.DRAFTS: int,
        charges.CHARGES: int,
    },
)
