"""What a payer's link stands for now, and who decides what becomes of it."""

from datetime import timedelta
from typing import Any

from sandbox.pages.asked import World, part
from sandbox.pages.words import instant

LIFE = timedelta(days=7)  # as GoCardless's hosted pages; Elevate's D34
HAPPY_PATH = "happy-path.yaml:"
OPEN = {"instant_payment": "created", "mandate": "requested"}


class Link:
    """A payer's link to one of the provider's resources, which asked for the payer's word."""

    def __init__(self, world: World, type: str, token: str) -> None:
        self.world = world
        self.path = f"/resources/{type}/{part(token)}"
        self.resource: Any = world.get(self.path)
        self.clock: Any = world.get("/clock")
        self.coming = self._coming()

    @property
    def is_used(self) -> bool:
        """Whether the payer's word is no longer asked for."""
        return bool(self.resource["status"] != OPEN[self.resource["type"]])

    @property
    def is_expired(self) -> bool:
        return not self.is_used and instant(self.clock["now"]) >= instant(self.until)

    @property
    def until(self) -> str:
        """When it expires."""
        return (instant(self.resource["created"]) + LIFE).isoformat()

    @property
    def is_open(self) -> bool:
        """Whether it is the payer who decides."""
        return not (self.is_used or self.is_expired or self.coming)

    def _coming(self) -> list[Any]:
        """What the scenario's own rules have in store for it. The happy path's give way."""
        if self.is_used:
            return []
        return [
            job
            for job in self.world.get(self.path.replace("/resources/", "/explain/"))["timeline"]
            if job["kind"] == "step" and not (job.get("rule") or HAPPY_PATH).startswith(HAPPY_PATH)
        ]

    def move(self, *moves: tuple[str, str]) -> None:
        """Make these moves at the provider: where to, and why. One that is refused is the last."""
        for to, reason in moves:
            body = {"to": to, "reason": reason} if reason else {"to": to}
            if self.world.do("POST", f"{self.path}/moves", body):
                return

    def fixture(self, type: str, field: str) -> Any:
        """The fixture that it names in one of its fields, or None."""
        ref = self.resource.get(field)
        return next(
            (
                one
                for one in self.world.get("/fixtures")["items"]
                if one["resource"] == type and one["ref"] == ref
            ),
            None,
        )
