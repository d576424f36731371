"""What the billing platform keeps in a sandbox, for who writes one down."""

from sandbox.apis.backend import models
from sandbox.apis.backend.rules import moments
from sandbox.engine.document import Kept

KEPT = Kept(
    resources=(models.Payment, models.Attempt),
    parts={moments.PART: moments.Books},
)
