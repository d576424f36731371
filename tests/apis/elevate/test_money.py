"""The money always adds up: whatever clients, the bank and the clock do, in whatever order.

In process, at the level of the operations. `HISTORIES` says how many histories are lived through.
"""

import contextlib
import os
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from sandbox import provider
from sandbox.apis.elevate import errors, operations
from sandbox.apis.elevate.lifecycles import (
    GIVEN_BACK,
    GOOD,
    STANDING,
    UNDECIDED,
    UNDER_WAY,
    MandateLifecycle,
    OutboundPaymentLifecycle,
    PaymentLifecycle,
    RefundLifecycle,
    ThirdPartyOutboundPaymentStatus,
    ThirdPartyPaymentStatus,
)
from sandbox.apis.elevate.models import (
    ROWS,
    Books,
    CustomerPayment,
    OutboundPayment,
    Payment,
    Refund,
)
from sandbox.config import read
from sandbox.engine.calendar import parse_duration
from sandbox.engine.events import TESTER
from sandbox.engine.lifecycle import IllegalMoveError
from sandbox.engine.scheduler import Subject
from sandbox.provider import mandates as provider_mandates
from sandbox.provider import relations
from sandbox.provider.fixtures import INVOICES, PaymentProvider
from sandbox.provider.instant_payments import InstantPayment, InstantPaymentLifecycle
from sandbox.provider.payments import Payment as ProviderPayment
from sandbox.scenario.running import binding
from sandbox.web.app import build_app

MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)
HISTORIES = int(os.environ.get("HISTORIES", "60"))
MANUAL = ("CHEQUE", "BACS", "PAYPAL")
METHODS = ("GO_CARDLESS", "GC_INSTANT_BANK_PAYMENTS", "STRIPE_CARD", "STRIPE_DD", "FINASTRA")
CUSTOMERS = (1, 2)
BESIDE = ThirdPartyPaymentStatus.SURCHARGE_FEE_DEBITED  # a row, and no move
KINDS = {"NORMAL": "normal", "ADHOC": "adhoc"}
VIEWS = {
    "elevate.payment": PaymentLifecycle,
    "elevate.mandate": MandateLifecycle,
    "elevate.refund": RefundLifecycle,
    "elevate.outbound_payment": OutboundPaymentLifecycle,
}
STALE = (
    "scenario: stale\nversion: 1\ntitle: Elevate hears late, or never\n"
    "notices:\n"
    "  - { event: payment.confirmed, nth: 2, lost: true }\n"
    "  - { event: payment.*, nth: 3, late: 3 days }\n"
    "  - { event: refund.*, nth: 2, lost: true }\n"
    "  - { event: instant_payment.executed, nth: 1, late: 1 day }\n"
    "  - { event: payout.executed, nth: 1, lost: true }\n"
)
UNLUCKY = (
    "scenario: unlucky\nversion: 1\ntitle: What was collected comes back\n"
    "rules:\n"
    "  - when: payment.paid_out\n"
    "    nth: 1-2\n"
    "    then:\n"
    "      - { after: 1 day, status: failed, reason: refer_to_payer }\n"
    "      - { after: 1 day, emit: payment.late_failure_settled }\n"
    "  - when: payment.submitted\n"
    "    nth: 3\n"
    "    then:\n"
    "      - { set: { collected: '0.37' } }\n"
    "      - { after: 3 working days, status: confirmed }\n"
    "  - when: refund.paid\n"
    "    nth: 1\n"
    "    then: [{ after: 1 day, emit: refund.settled }]\n"
)
GIVEN = {
    "payment_providers": [
        {"ref": "stripe", "type": "STRIPE_CARD", "api": "elevate"},
        {"ref": "debits", "type": "STRIPE_DD", "api": "elevate"},
    ],
    "mandates": [
        {"site": 1, "api": "elevate"},
        {"site": 2, "api": "elevate", "provider": "stripe", "scheme": "card"},
    ],
}
SCENARIOS = {"": "", "stale": STALE, "unlucky": UNLUCKY}

pounds = st.integers(1, 20_000).map(lambda pence: pence / 100)
signed = st.integers(-10_000, 20_000).map(lambda pence: pence / 100)
steps = st.sampled_from(["1 minute", "10 minutes", "1 day", "2 days", "1 working day", "9 days"])
kinds = st.sampled_from(["NORMAL", "ADHOC"])


def in_pence(number):
    """Of an amount in JSON, exactly; what is no whole penny was lost to rounding."""
    exact = Decimal(str(number)) * 100
    assert exact == exact.to_integral_value(), number
    return int(exact)


@pytest.fixture(scope="module")
def app():
    return build_app(read({}, {}))


class Money(RuleBasedStateMachine):
    """A sandbox that anybody may do anything to. What it promises is checked after every step."""

    app = None
    lived = 0
    invoices = Bundle("invoices")

    # How a history begins, and how it is lived

    @initialize(scenario=st.sampled_from(sorted(SCENARIOS)), retries=st.booleans(), target=invoices)
    def begin(self, scenario, retries):
        server = self.app.process.server
        Money.lived += 1
        self.name = f"history-{Money.lived}"
        self.sandbox = server.sandboxes.at(self.name, MONDAY)
        self.server = server
        self.stale = scenario == "stale"
        self.refusals = 0
        binding.give(self.sandbox, GIVEN)
        gocardless = self.sandbox.get(PaymentProvider, 1)
        flags = {"retries": retries, "accepts_external": True, "credits_first_payment": True}
        self.sandbox.keep(replace(gocardless, **flags))
        self.sandbox.state = replace(self.sandbox.state, touched=True)
        if scenario:
            server.scenarios.post(self.sandbox, SCENARIOS[scenario])
            binding.bind(self.sandbox, server.scenarios.bound(scenario, {}, self.sandbox))
        return ("NORMAL", 2)

    def teardown(self):
        self.server.sandboxes.forget(self.name)

    def call(self, operation, **arguments):
        """The answer's body; None where it was refused, which changes nothing."""
        sandbox = self.sandbox
        before = sandbox.state
        try:
            with sandbox.attempt():
                answer = operation(sandbox, **arguments)
                sandbox.settle()
        except errors.REFUSED as error:
            refused = errors.answer_to(error)
        else:
            return answer.body
        assert refused.status == 400
        assert sandbox.state is before
        return None

    def all(self, type, **indexed):
        return list(self.sandbox.all(type, **indexed))

    # What clients do

    @rule(kind=kinds, customer=st.sampled_from(CUSTOMERS), amount=pounds, target=invoices)
    def new_invoice(self, kind, customer, amount):
        id = self.sandbox.next_id(INVOICES[KINDS[kind]])
        text = f"{in_pence(amount) / 100:.2f}"
        fixture = {"id": id, "kind": KINDS[kind], "customer": customer, "amount": text}
        binding.give(self.sandbox, {"invoices": [fixture]})
        return (kind, id)

    def body(self, invoice, amount, method):
        kind, id = invoice
        name = ROWS[subject(invoice).type].invoice_member
        operation = {
            "NORMAL": operations.create_invoice_payment,
            "ADHOC": operations.create_adhoc_invoice_payment,
        }[kind]
        rest = {"description": "June", "paymentMethod": method}
        return operation, {name: id, "amountInMajorCurrency": amount, **rest}

    @rule(invoice=invoices, amount=signed, method=st.sampled_from(MANUAL))
    def pay_by_hand(self, invoice, amount, method):
        operation, body = self.body(invoice, amount, method)
        row = self.call(operation, body=body)
        assert in_pence(row["amountInMajorCurrency"]) == in_pence(amount)

    @rule(invoice=invoices, amount=pounds, method=st.sampled_from(METHODS))
    def collect(self, invoice, amount, method):
        operation, body = self.body(invoice, amount, method)
        self.call(operation, body=body)

    @rule(
        invoice=invoices, amount=st.sampled_from([10, 20.5]),
        status=st.sampled_from(ThirdPartyPaymentStatus),
    )  # fmt: skip
    def tell(self, invoice, amount, status):
        operation, body = self.body(invoice, amount, "STRIPE_DD")
        self.call(operation, body={**body, "thirdPartyPaymentStatus": str(status)})

    @rule(
        customer=st.sampled_from(CUSTOMERS),
        amount=pounds,
        method=st.sampled_from((*MANUAL, "GO_CARDLESS")),
        kind=st.one_of(st.none(), kinds),
    )
    def pay_as_customer(self, customer, amount, method, kind):
        before = {books.id: books for books in self.all(Books)}
        body = {"customerId": customer, "amountInMajorCurrency": amount, "type": method}
        row = self.call(
            operations.create_customer_payment, body={**body, "billRunType": kind} if kind else body
        )
        for books in self.all(Books):
            part = books.good - before[books.id].good
            assert 0 <= part <= max(0, before[books.id].open_amount)
        assert sum(self.parts_of(row["id"])) <= in_pence(amount)

    @rule(customer=st.sampled_from(CUSTOMERS), amount=signed)
    def adjust(self, customer, amount):
        body = {"customerId": customer, "amountInMajorCurrency": amount}
        self.call(operations.create_customer_balance_adjustment, body=body)

    @rule(invoice=invoices, amount=pounds, method=st.sampled_from(METHODS), part=st.booleans())
    def collect_and_give_back(self, invoice, amount, method, part):
        """The long way round, which single steps seldom find."""
        self.collect(invoice, amount, method)
        self.advance("9 days")
        self.refund(invoice, 0.01 if part else None, None)
        self.advance("1 day")

    @rule(
        invoice=invoices, amount=pounds, method=st.sampled_from(METHODS),
        to=st.sampled_from(("charged_back", "failed")),
    )  # fmt: skip
    def collect_and_lose(self, invoice, amount, method, to):
        self.collect(invoice, amount, method)
        self.advance("9 days")
        newest = self.sandbox.last(ProviderPayment)
        moves = provider.LIFECYCLES["payment"].allowed(newest.status) if newest else []
        for move in [move for move in moves if move.to == to]:
            self.sandbox.make(newest, move, cause=TESTER)
        self.sandbox.settle()

    @rule(customer=st.sampled_from(CUSTOMERS), amount=pounds, fails=st.booleans())
    def pay_by_link(self, customer, amount, fails):
        body = {"customerId": customer, "paymentProviderId": 1, "description": "June"}
        body["amountInMajorCurrency"] = amount
        self.call(operations.create_payment_provider_payment_link, server=self.server, body=body)
        self.advance("10 minutes")
        payment = self.sandbox.last(InstantPayment)
        if fails and payment.status == "executed":
            self.sandbox.make(payment, InstantPaymentLifecycle.failed, cause=TESTER)
            self.sandbox.settle()

    @rule(
        invoice=invoices, amount=st.one_of(st.none(), pounds),
        method=st.sampled_from((None, "CHEQUE", "STRIPE")),
    )  # fmt: skip
    def refund(self, invoice, amount, method):
        kind, id = invoice
        body = {"invoiceId": id, "billRunType": kind, "paymentMethod": method}
        body["amountInMajorCurrency"] = amount
        given = {name: value for name, value in body.items() if value is not None}
        if self.call(operations.create_refund, body=given):
            books = self.books(invoice)
            assert self.standing(books) <= books.good

    @rule(invoice=invoices, notes=st.sampled_from((None, "paid in cash")))
    def cancel(self, invoice, notes):
        kind, id = invoice
        body = {"invoiceId": id, "billRunType": kind, **({"notes": notes} if notes else {})}
        self.call(operations.cancel_invoice_payment, body=body)

    @rule(invoice=invoices)
    def try_again(self, invoice):
        kind, id = invoice
        body = {"invoiceId": id, "billRunType": kind}
        self.call(operations.reprocess_invoice_payment, body=body)

    @rule()
    def reprocess(self):
        self.call(operations.payment_provider_reprocess)
        for payment in self.all(Payment):
            if payment.of and payment.of.type == "payment":
                truth = self.sandbox.subject(payment.of)
                assert (payment.status in GOOD) == (truth.status in ("confirmed", "paid_out"))

    @rule(invoice=invoices, amount=pounds, for_customer=st.booleans())
    def link(self, invoice, amount, for_customer):
        kind, id = invoice
        name = {"NORMAL": "invoiceId", "ADHOC": "adhocInvoiceId"}[kind]
        body = {"customerId": 1} if for_customer else {name: id}
        body |= {"paymentProviderId": 1, "amountInMajorCurrency": amount, "description": "June"}
        self.call(operations.create_payment_provider_payment_link, server=self.server, body=body)

    @rule(site=st.sampled_from([1, 2, 3]))
    def mandate_for(self, site):
        body = {"siteId": site, "returnURL": "https://example.com"}
        self.call(operations.create_site_payment_mandate, server=self.server, body=body)

    @rule(customer=st.sampled_from(CUSTOMERS), amount=pounds, credit=st.booleans())
    def pay_out(self, customer, amount, credit):
        body = {
            "customerId": customer,
            "amountInMajorCurrency": amount,
            "reference": "REFUND 42",
            "useCustomerCreditBalance": credit,
        }
        self.call(operations.create_outbound_payment, body=body)

    @rule(data=st.data(), to=st.sampled_from(ThirdPartyOutboundPaymentStatus))
    def patch_payout(self, data, to):
        payouts = self.all(OutboundPayment)
        if payouts:
            operation = {"op": "replace", "path": "/thirdPartyOutboundPaymentStatus", "value": to}
            self.call(
                operations.update_outbound_payment,
                outbound_payment_id=data.draw(st.sampled_from(payouts)).id,
                body=[operation],
                check=lambda _: [],
            )

    # What the bank, the payers and the clock do

    @rule(data=st.data(), type=st.sampled_from(provider.TYPES))
    def move(self, data, type):
        """Also what no happy path does: failures, charge-backs, refunds that come back."""
        lifecycle = provider.LIFECYCLES[type]
        able = [
            (truth, move)
            for truth in self.all(provider.RESOURCES[type])
            for move in lifecycle.allowed(truth.status)
        ]
        if able:
            truth, move = data.draw(st.sampled_from(able))
            self.sandbox.make(truth, move, cause=TESTER)
            self.sandbox.settle()

    @rule(data=st.data(), type=st.sampled_from(("payment", "refund", "mandate")))
    def announce(self, data, type):
        able = [
            (truth, row)
            for truth in self.all(provider.RESOURCES[type])
            for row in provider.LIFECYCLES[type].announcements()
            if truth.status in row.sources
        ]
        if able:
            truth, row = data.draw(st.sampled_from(able))
            with contextlib.suppress(*provider.REFUSALS):
                provider.announce(self.sandbox, truth, row, cause=TESTER)
            self.sandbox.settle()

    @rule(data=st.data(), amount=pounds)
    def begin_elsewhere(self, data, amount):
        """A payment, or an instant payment, that no client of Elevate's has asked for."""
        type = data.draw(st.sampled_from(("payment", "instant_payment")))
        beside = [one for one in self.all(provider_mandates.Mandate) if one.status == "active"]
        if beside:
            mandate = data.draw(st.sampled_from(beside))
            wanted = {"amount": in_pence(amount)}
            if type == "payment":
                wanted["invoice"] = Subject("invoice", 2)
            relations.create(self.sandbox, mandate, type, wanted, cause=TESTER)
            self.sandbox.settle()

    @rule(by=steps)
    def advance(self, by):
        self.sandbox.advance_to(self.sandbox.calendar.plus(self.sandbox.now, parse_duration(by)))

    # What is seen of it all

    def books(self, invoice):
        return self.sandbox.last(Books, invoice=subject(invoice))

    def rows(self, books):
        return self.all(ROWS[books.invoice.type], invoice=books.invoice.id)

    def parts_of(self, ledger_row):
        return [
            row.amount
            for type in ROWS.values()
            for row in self.all(type, customer_payment=ledger_row)
            if row.customer_payment_type == "CUSTOMER"
        ]

    def standing(self, books):
        refunds = self.all(Refund, invoice=books.invoice)
        return sum(refund.amount for refund in refunds if refund.status in STANDING)

    def good(self, books):
        """What is there, told from rows and payments, not from the books."""
        by_hand = sum(
            row.amount for row in self.rows(books) if row.payment is None and row.refund is None
        )
        collected = sum(payment.counted for payment in self.all(Payment, invoice=books.invoice))
        return by_hand + collected

    # What is promised

    @invariant()
    def a_balance_is_the_sum_of_its_ledger(self):
        for customer in CUSTOMERS:
            ledger, balance = self.all(CustomerPayment, customer=customer), 0
            for row in ledger:
                balance += row.amount
                assert row.balance == balance
                assert in_pence(row.as_json()["resultingCustomerBalance"]) == balance
            shown = self.call(operations.get_customer_balance, customer_id=customer)
            assert in_pence(shown["balance"]) == balance
            received = ("PAYMENT_RECEIVED", "PAYMENT_REVERSED")
            payments = sum(row.amount for row in ledger if row.txn_type in received)
            assert in_pence(shown["totalPayments"]) == payments

    @invariant()
    def the_ledger_says_what_has_become_of_everything(self):
        """The balance, worked out of invoices, payments, refunds and payouts instead."""
        for customer in CUSTOMERS:
            owed = paid = 0
            for books in self.all(Books, customer=customer):
                parts = sum(
                    row.amount
                    for row in self.rows(books)
                    if row.customer_payment_type == "CUSTOMER"
                )
                owed += books.total
                paid += books.good - parts
            booked = sum(
                row.amount
                for row in self.all(CustomerPayment, customer=customer)
                if row.customer_payment_type == "CUSTOMER"
                and row.txn_type in ("PAYMENT_RECEIVED", "PAYMENT_REVERSED", "BALANCE_ADJUSTED")
            )
            refunded = sum(
                refund.amount
                for refund in self.all(Refund, customer=customer)
                if refund.status in GIVEN_BACK
            )
            sent = sum(
                payment.amount
                for payment in self.all(OutboundPayment, customer=customer)
                if payment.use_credit and payment.status == "EXECUTED"
            )
            newest = self.sandbox.last(CustomerPayment, customer=customer)
            assert newest.balance == paid + booked - owed - refunded - sent

    @invariant()
    def what_is_not_good_leaves_the_invoice_as_if_unpaid(self):
        for payment in self.all(Payment):
            if payment.status not in GOOD:
                assert payment.counted == 0
        for books in self.all(Books):
            assert books.good == self.good(books)

    @invariant()
    def an_invoices_status_follows(self):
        for books in self.all(Books):
            assert books.payment_status == self.worked_out(books)

    def worked_out(self, books):
        """The decision's own words."""
        good = self.good(books)
        refunds = self.all(Refund, invoice=books.invoice)
        back = sum(refund.amount for refund in refunds if refund.status in GIVEN_BACK)
        undecided = [
            payment
            for payment in self.all(Payment, invoice=books.invoice)
            if payment.status in UNDECIDED
        ]
        for holds, status in (
            (any(refund.status in UNDER_WAY for refund in refunds), "REFUND_PENDING"),
            (good > 0 and back >= good, "REFUNDED"),
            (good > 0 and back > 0, "PART_REFUNDED"),
            (good >= books.total, "PAID"),
            (bool(undecided), "PENDING"),
            (good > 0, "PARTIALLY_PAID"),
        ):
            if holds:
                return status
        return "UNPAID"

    @invariant()
    def parts_never_exceed_their_payment(self):
        for row in self.all(CustomerPayment):
            if row.txn_type == "PAYMENT_RECEIVED" and row.customer_payment_type == "CUSTOMER":
                assert 0 <= sum(self.parts_of(row.id)) <= row.amount

    @invariant()
    def parts_of_a_payment_that_came_to_nothing_are_taken_back(self):
        for row in self.all(CustomerPayment):
            payment = self.sandbox.find(Payment, row.payment)
            if payment and payment.counted == 0:
                assert sum(self.parts_of(row.id)) == 0

    @invariant()
    def the_newest_row_is_the_payments_status(self):
        for payment in self.all(Payment):
            if payment.invoice and payment.of:
                rows = self.all(ROWS[payment.invoice.type], payment=payment.id)
                own = [row for row in rows if not row.refund and row.status != BESIDE]
                assert own[-1].status == payment.status

    @invariant()
    def a_view_that_hears_everything_makes_only_moves_of_its_table(self):
        if self.stale:
            return
        told = {payment.id for payment in self.all(Payment) if payment.of is None}
        for event in self.sandbox.state.events.since(self.seen):
            lifecycle = VIEWS.get(event.subject.type)
            elsewhere = event.subject.type == "elevate.payment" and event.subject.id in told
            if lifecycle and not elsewhere and event.cause.rule != "given":
                statuses = type(lifecycle.initial)
                try:
                    lifecycle.between(statuses(event.was), statuses(event.became))
                except IllegalMoveError as error:
                    raise AssertionError(f"{event.name}: {error}") from error
        self.seen = len(self.sandbox.state.events)

    seen = 0


def subject(invoice):
    kind, id = invoice
    return Subject({"NORMAL": "invoice", "ADHOC": "adhoc_invoice"}[kind], id)


def test_the_money_adds_up_in_every_history(app):
    Money.app = app
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=40,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert Money.lived >= HISTORIES
