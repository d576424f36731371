"""What Elevate keeps in a sandbox, for who writes one down."""

from sandbox.apis.elevate import models
from sandbox.engine.document import Kept

KEPT = Kept(
    resources=(
        models.InvoicePayment,
        models.AdhocInvoicePayment,
        models.Payment,
        models.Books,
        models.CustomerPayment,
        models.Mandate,
        models.Refund,
        models.PaymentLink,
        models.OutboundPayment,
    ),
)
