"""What holds after any sequence of calls, of time, and of what the provider decides.

For every invoice, its total is what remains, what was applied and what was written off, net of what
was reversed. For every account, the credit balance is its ledger. A reversal brings every number
back; a refusal changes nothing.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sandbox.apis.socotra.lifecycles import PaymentState, ShortfallCreditState
from sandbox.apis.socotra.models import (
    Account,
    Invoice,
    LedgerEntry,
    Payment,
    ShortfallCredit,
)
from sandbox.apis.socotra.rules import invoices

NAMES = [f"0000000000NV0000000000000{letter}" for letter in "ABEFGH"]
H = NAMES[-1]  # of another account
CARD = "0000000000FN00000000000001"
CALLS = (
    "validate_payment",
    "post_payment",
    "reset_payment",
    "discard_payment",
    "execute_payment",
    "cancel_payment",
    "fail_payment",
)
PICK = st.integers(0, 999)
PREVIEWS = ("preview_payment_validate", "preview_payment_post")
WAITS = ("30 seconds", "1 minute", "1 hour", "1 day")
DECIDED = """
timelines:
  declined:
    - { status: submitted }
    - { after: 30 seconds, status: failed, reason: other }
rules:
  - { when: payment.created, match: { reference: declined }, then: [{ use: declined }] }
  - { when: payment.created, match: { reference: stuck }, then: nothing }
"""


class Books(RuleBasedStateMachine):
    """A client that does as it likes with payments, and a clock that goes on."""

    world = None  # how a client of a fresh world is made

    def __init__(self):
        super().__init__()
        self.client = type(self).world()
        self.paid = {
            invoice.id: self.total(invoice) - self.remaining(invoice)
            for invoice in self.all(Invoice)
        }

    def all(self, kind):
        return list(self.client.sandbox.all(kind))

    def total(self, invoice):
        return invoices.total(self.client.sandbox, invoice)

    def remaining(self, invoice):
        return invoices.remaining(self.client.sandbox, invoice)

    def numbers(self):
        """All that money is written in: what remains, who is settled, what is to whose credit."""
        some = {each.locator: (each.status, self.remaining(each)) for each in self.all(Invoice)}
        balances = {
            each.locator: {name: amount for name, amount in each.balances.items() if amount}
            for each in self.all(Account)
        }
        return some, balances

    def attempt(self, operation, payment, **arguments):
        """The answer, or None where it was refused; then nothing has changed."""
        before = self.client.sandbox.state
        try:
            return self.client.on(payment, operation, **arguments)
        except self.client.refused_with:
            assert self.client.sandbox.state is before
            return None

    def one_of(self, states, pick):
        """One of the payments that stand so, shares of aggregate payments aside."""
        some = [each for each in self.all(Payment) if each.status in states and not each.parent]
        return {"locator": some[pick % len(some)].locator} if some else None

    @rule(
        named=st.lists(st.sampled_from(NAMES), max_size=3, unique=True),
        off=st.sampled_from([0, -1, -100, -101, -2500, 1, 2000]),
        shared=st.booleans(),
        reference=st.sampled_from(["", "declined", "stuck"]),
        plan=st.sampled_from(["None", "Quick"]),
        then=st.sampled_from(["post_payment", "execute_payment", None]),
    )
    def create(self, named, off, shared, reference, plan, then):  # noqa: PLR0913, PLR0917
        """For what the targets need, or a little more or less; an aggregate payment if shared."""
        need = [max(1, round(100 * self.client.owes(name)[1]) + off) for name in named]
        amount = (sum(need) or 5000) / 100
        some = named if shared else [name for name in named if name != H] or named
        terms = {"transactionNumber": reference, "retryPlanName": plan}
        if shared and named:
            some = [(name, part / 100) for name, part in zip(named, need, strict=True)]
            terms |= {"paymentMode": "aggregate", "financialInstrumentLocator": CARD}
        elif not named:
            terms |= {"accountLocator": "0000000000ACC0000000000001"}
        payment = self.client.valid(amount, *some, **terms)
        if then:
            self.attempt(then, payment)

    @rule(pick=PICK)
    def post(self, pick):
        if payment := self.one_of(["validated"], pick):
            self.attempt("post_payment", payment)

    @rule(pick=PICK, by=st.sampled_from(WAITS))
    def collect(self, pick, by):
        if payment := self.one_of(["validated"], pick):
            self.attempt("execute_payment", payment)
        self.client.advance(by)

    @rule(pick=PICK)
    def post_and_reverse(self, pick):
        """Back to where it was, to the last number."""
        before = self.numbers()
        payment = self.one_of(["validated"], pick)
        if payment and self.attempt("post_payment", payment):
            self.attempt("reverse_payment", payment, body={"reversalType": "Standard"})
            assert self.numbers() == before

    @rule(pick=PICK)
    def reverse(self, pick):
        if payment := self.one_of(["posted"], pick):
            self.attempt("reverse_payment", payment, body={"reversalType": "Standard"})

    @rule(pick=PICK, call=st.sampled_from(CALLS))
    def call(self, pick, call):
        if payment := self.one_of(list(PaymentState), pick):
            self.attempt(call, payment)

    @rule(pick=PICK, call=st.sampled_from(PREVIEWS))
    def preview(self, pick, call):
        before = self.client.sandbox.state
        if payment := self.one_of(["draft", "validated"], pick):
            self.attempt(call, payment)
        assert self.client.sandbox.state is before

    @precondition(lambda self: self.client.balance() > 0)
    @rule(share=st.floats(0, 1))
    def spend(self, share):
        left = round(self.client.balance() * share, 2)
        self.client.set_balance("0000000000ACC0000000000001", f"{left:.2f}")

    @invariant()
    def every_invoice_adds_up(self):
        applied = dict(self.paid)
        for payment in self.all(Payment):
            if payment.status == PaymentState.POSTED:
                self.add(applied, payment.parts)
        for credit in self.all(ShortfallCredit):
            if credit.status == ShortfallCreditState.DISTRIBUTED:
                self.add(applied, credit.parts)
        for invoice in self.all(Invoice):
            if not invoice.is_aggregate:
                assert self.total(invoice) == self.remaining(invoice) + applied[invoice.id]

    @staticmethod
    def add(applied, parts):
        for part in parts:
            applied[part.invoice] += part.amount

    @invariant()
    def nothing_remains_of_what_is_settled(self):
        for invoice in self.all(Invoice):
            assert (invoice.status == "settled") == (
                self.remaining(invoice) == 0 and invoice.status != "discarded"
            )
            assert all(0 <= item.remaining <= item.amount for item in invoice.items)

    @invariant()
    def every_balance_is_its_ledger(self):
        booked = {}
        for entry in self.all(LedgerEntry):
            booked[entry.account] = booked.get(entry.account, 0) + entry.amount
        balances = {
            (account.locator, currency): amount
            for account in self.all(Account)
            for currency, amount in account.balances.items()
        }
        assert balances == booked
        assert all(amount >= 0 for amount in balances.values())

    @invariant()
    def shares_stand_where_their_payment_stands(self):
        for payment in self.all(Payment):
            for id in payment.children:
                assert self.client.sandbox.get(Payment, id).status == payment.status


def test_the_books_balance_whatever_happens(socotra_with):
    """The machine is run here, so that its worlds come from the fixture."""

    class Machine(Books):
        world = staticmethod(lambda: socotra_with(DECIDED))

    limits = settings(
        max_examples=60, stateful_step_count=40, deadline=None, derandomize=True, database=None
    )
    run_state_machine_as_test(Machine, settings=limits)
