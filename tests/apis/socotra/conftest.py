"""Socotra as a client speaks to it, at the level of operations, each test in its own sandbox."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from immutables import Map
from orjson import dumps, loads

from sandbox import provider
from sandbox.apis.socotra import fixtures, hearing, operations
from sandbox.apis.socotra.canonical import spelled
from sandbox.apis.socotra.configuration import FIRST_TENANT
from sandbox.apis.socotra.errors import answer_to
from sandbox.engine.calendar import parse_duration
from sandbox.engine.events import TESTER
from sandbox.engine.sandbox import Wiring
from sandbox.provider import notices
from sandbox.provider.fixtures import Account, Invoice, Webhook
from sandbox.provider.mandates import Mandate
from sandbox.provider.payments import Payment
from sandbox.scenario.language import specs
from sandbox.scenario.language.builder import freeze
from sandbox.scenario.language.schema import ScenarioSchema
from sandbox.scenario.running import binding, planning, steps
from sandbox.scenario.running.library import Library
from sandbox.scenario.running.timelines import STEP
from sandbox.web.documents import Place, load
from sandbox.web.resolver import snake_case
from sandbox.web.schemas import Schemas

ROOT = Path(__file__).parents[3]
MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
DOCUMENT = load(ROOT / "specs/socotra.yaml")
LIBRARY = Library(
    specs.vocabulary(
        ScenarioSchema((ROOT / "specs/scenario.schema.json").read_text(encoding="utf-8")),
        {"socotra": DOCUMENT},
        provider.LIFECYCLES.values(),
    ),
    shipped=ROOT / "scenarios",
    folder=None,
)
ACC1 = "0000000000ACC0000000000001"
SCHEMAS = Schemas("socotra", DOCUMENT)
ANSWERS = {
    snake_case(operation["operationId"].value): SCHEMAS.check(schema)
    for _, path in Place.root(DOCUMENT)["paths"].members()
    for _, operation in path.members()
    if (schema := operation.at("responses", "200", "content", "application/json", "schema"))
}


def wiring():
    laws = provider.laws()
    reactions = {name: (*laws.get(name, ()), planning.react) for name in provider.events()}
    return Wiring(
        handlers={STEP: steps.take, **notices.HANDLERS, **hearing.HANDLERS},
        reactions={**reactions, **hearing.REACTIONS},
        given=(fixtures.given,),
        laid=(fixtures.laid,),
        hearers={"socotra": hearing.hear},
    )


class Refused(Exception):  # noqa: N818  it reads better in tests
    """What the API answers to a call that it refuses."""

    def __init__(self, answer):
        self.status = answer.status
        self.code = answer.body["errorCode"]
        self.message = answer.body["message"]
        self.details = answer.body.get("details", [])
        super().__init__(self.message)


class Socotra:
    """A client of one sandbox. It speaks of payments and targets; shapes stay in here."""

    refused_with = Refused

    def __init__(self, sandbox, tenant=FIRST_TENANT):
        self.sandbox = sandbox
        self.tenant = tenant
        self.token = "tests"
        self.requests = 0

    def call(self, operation, /, *, tenant=None, **arguments):
        """What web/ does: the request's id, an attempt, and what is due now afterwards."""
        self.requests += 1
        self.sandbox.request = f"r{self.requests}"
        known = {
            "sandbox": self.sandbox,
            "token": self.token,
            "tenant_locator": tenant or self.tenant,
            "offset": 0,
            "count": 100,
            "include_reversed": False,
            **arguments,
        }
        function = getattr(operations, operation)
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        try:
            with self.sandbox.attempt():
                answer = function(**{name: known.get(name) for name in names})
                self.sandbox.settle()
        except Exception as error:
            refused = answer_to(error)
            if refused is None:
                raise
            raise Refused(refused) from error
        check = ANSWERS.get(operation)
        assert check is None or check.violations(loads(dumps(answer.body)), "body") == []
        return answer.body

    def create(self, amount, *targets, **body):
        """A draft. A target is an invoice's locator, or that and an amount."""
        named = [target if isinstance(target, tuple) else (target,) for target in targets]
        items = [
            {"containerLocator": locator, "containerType": "invoice"}
            | ({"amount": rest[0]} if rest else {})
            for locator, *rest in named
        ]
        whole = {"type": "StandardPayment", "amount": amount, "targets": items, **body}
        return self.call("create_payment", body=whole)

    def on(self, payment, operation, **arguments):
        return self.call(operation, locator=payment["locator"], **arguments)

    def valid(self, amount, *targets, **body):
        return self.on(self.create(amount, *targets, **body), "validate_payment")

    def posted(self, amount, *targets, **body):
        return self.on(self.valid(amount, *targets, **body), "post_payment")

    def requested(self, amount, *targets, **body):
        return self.on(self.valid(amount, *targets, **body), "execute_payment")

    def reversed(self, payment, kind="Standard"):
        return self.on(payment, "reverse_payment", body={"reversalType": kind})

    def again(self, payment):
        return self.on(payment, "fetch_payment")

    def invoice(self, locator):
        return self.call("get_invoice_with_items", locator=locator)

    def owes(self, locator):
        found = self.invoice(locator)
        return found["invoiceState"], found["totalRemainingAmount"]

    def ledger(self, account=ACC1, currency=None):
        return self.call(
            "fetch_ledger_account",
            ref_type="accountCreditBalance",
            ref_locator=account,
            currency=currency,
            size=100,
        )

    def balance(self, account=ACC1):
        return self.ledger(account)["balance"]

    def events(self, **query):
        found = self.call("fetch_multiple_events", **{"page_size": 100, **query})
        return found["events"]

    def told(self):
        """The types of all events so far."""
        return [event["type"].removeprefix("billing.") for event in self.events()]

    def give(self, **resources):
        given = {kind: tuple(freeze(each) for each in items) for kind, items in resources.items()}
        return binding.give(self.sandbox, Map(given))

    def locators(self):
        """Every fixture's locator, by its name in scenarios."""
        types = (Account, Mandate, Invoice, Webhook)
        known = (each for type in types for each in self.sandbox.all(type))
        return {each.ref: spelled(self.sandbox, each) for each in known}

    def set_balance(self, locator, amount):
        """What a tester does: POST /_sandbox/fixtures with the account's ref and this alone."""
        named = {self.locators()[each.ref]: each for each in self.sandbox.all(Account)}
        blocks = Map(socotra=Map(creditBalance=amount))
        self.sandbox.change(named[locator], {"blocks": blocks}, cause=TESTER)

    def refused(self, operation, payment=None, **arguments):
        """The status, code and message of a refusal."""
        refused = self._refusal(operation, payment, arguments)
        return refused.status, refused.code, refused.message

    def unusable(self, operation, payment=None, **arguments):
        """What a refusal says of references that cannot be used."""
        refused = self._refusal(operation, payment, arguments)
        assert (refused.status, refused.code) == (422, 990422)
        return refused.details

    def malformed(self, operation, **arguments):
        """What a refusal says of a request that has not the form it must have."""
        refused = self._refusal(operation, None, arguments)
        assert (refused.status, refused.code) == (400, 990400)
        return refused.details

    def _refusal(self, operation, payment, arguments):
        named = {"locator": payment["locator"]} if payment else {}
        with pytest.raises(Refused) as raised:
            self.call(operation, **named, **arguments)
        return raised.value

    def truths(self):
        """What the provider knows, which the API does not show."""
        return list(self.sandbox.all(Payment))

    def advance(self, by):
        """Move the clock; the names of the provider's events, in order."""
        sandbox = self.sandbox
        happened = sandbox.advance_to(sandbox.calendar.plus(sandbox.now, parse_duration(by)))
        return [event.name for event in happened if not event.name.startswith("socotra.")]

    def run_until_idle(self):
        while job := self.sandbox.state.jobs.first():
            self.sandbox.advance_to(job.due)


def world(scenario, **params):
    """A sandbox with this scenario bound, given by its name or as its text."""
    is_text = "\n" in scenario
    bound = LIBRARY.again(scenario, Map()) if is_text else LIBRARY.bound(scenario, params)
    return binding.found("tests", MONDAY, wiring=wiring(), happy=LIBRARY.happy, default=bound)


def everyday(more):
    """The text of the everyday world with more in `given`, or more sections, and no rehearsal."""
    text = (ROOT / "scenarios/socotra-everyday.yaml").read_text(encoding="utf-8")
    return text.partition("rehearse:")[0].rstrip() + "\n" + more


@pytest.fixture
def socotra():
    return Socotra(world("socotra-everyday"))


@pytest.fixture
def socotra_with():
    """A client of the everyday world, and more: rules, deliveries, config."""

    def client(more):
        return Socotra(world(everyday(more)))

    return client
