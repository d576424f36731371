"""What the provider keeps in a sandbox, for who writes one down."""

from sandbox.engine.document import Kept
from sandbox.provider import RESOURCES, approvals, fixtures, notices

KEPT = Kept(
    resources=(
        *RESOURCES.values(),
        fixtures.PaymentProvider,
        fixtures.Customer,
        fixtures.Account,
        fixtures.Site,
        fixtures.Invoice,
        fixtures.AdhocInvoice,
        fixtures.Webhook,
    ),
    parts={notices.PART: notices.Notices, approvals.PART: approvals.Approvals},
)
