"""What a payer's link stands for now, and who decides what becomes of it."""

from datetime import timedelta
from functools import cached_property
from typing import Any

from sandbox.engine.money import CURRENCY
from sandbox.pages.asked import World, part
from sandbox.pages.words import instant

LIFE = timedelta(days=7)  # as GoCardless's hosted pages; Elevate's D34
HAPPY_PATH = "happy-path.yaml:"
OPEN = {"instant_payment": "created", "mandate": "requested"}

Moves = tuple[tuple[str, str], ...]
"""Where to, and why, one after the other."""


class Link:
    """A payer's link to one of the provider's resources, which asked for the payer's word.

    `payment` is what the payer is to pay: all of it, or first of all while a mandate is set up.
    """

    def __init__(self, world: World, type: str, token: str, merchant: str) -> None:
        self.world = world
        self.path = f"/resources/{type}/{part(token)}"
        self.resource: Any = world.get(self.path)
        self.clock: Any = world.get("/clock")
        is_payment = type == "instant_payment"
        self.payment = self.resource if is_payment else world.find(f"{self.path}/first-payment")
        self.coming = self._coming()
        self._merchant = merchant

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

    @property
    def is_to_be_paid(self) -> bool:
        """Whether there is a payment that waits for the payer."""
        return bool(self.payment and self.payment["status"] == OPEN["instant_payment"])

    @property
    def may_pay_first(self) -> bool:
        """Whether the payer may add a first payment to a mandate."""
        provider = self.fixture("payment_provider", "provider")
        return self.payment is None and provider is not None and bool(provider["instant"])

    @property
    def merchant(self) -> str:
        """Who wants the money: the name that the provider shows to payers, where it has one."""
        provider = self.fixture("payment_provider", "provider") or {}
        name: str = provider.get("elevate", {}).get("directDebitWithName", "")
        return name or self._merchant

    @property
    def currency(self) -> str:
        """That of the customer's account, in which the payer pays first."""
        customer = self.resource.get("customer")
        accounts = (one for (type, _), one in self._fixtures.items() if type == "account")
        of_customer = [one["currency"] for one in accounts if one["customer"] == customer]
        return of_customer[-1] if of_customer else CURRENCY

    def _coming(self) -> list[Any]:
        """What the scenario's own rules have in store for it. The happy path's give way."""
        if self.is_used:
            return []
        concerned = {one["ref"]: one for one in (self.resource, self.payment) if one}
        steps = [
            job
            for one in concerned.values()
            for job in self.world.get(f"/explain/{one['type']}/{one['ref']}")["timeline"]
            if job["kind"] == "step" and not (job.get("rule") or HAPPY_PATH).startswith(HAPPY_PATH)
        ]
        return sorted(steps, key=lambda job: (job["due"], job["number"]))

    def move(self, moves: Moves) -> None:
        """Make these moves of the resource. One that is refused is the last."""
        self._move(self.path, moves)

    def pay(self, moves: Moves) -> None:
        """Make these moves of the payment."""
        self._move(f"/resources/instant_payment/{self.payment['ref']}", moves)

    def _move(self, path: str, moves: Moves) -> None:
        for to, reason in moves:
            body = {"to": to, "reason": reason} if reason else {"to": to}
            if self.world.do("POST", f"{path}/moves", body):
                return

    def fixture(self, type: str, field: str) -> Any:
        """The fixture that it names in one of its fields, or None."""
        return self._fixtures.get((type, self.resource.get(field)))

    @cached_property
    def _fixtures(self) -> dict[tuple[str, str], Any]:
        items = self.world.get("/fixtures")["items"]
        return {(one["resource"], one["ref"]): one for one in items}
