import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from immutables import Map

from sandbox.apis.socotra import configuration
from sandbox.provider.instant_payments import InstantPaymentLifecycle
from sandbox.provider.mandates import MandateLifecycle
from sandbox.provider.payments import PaymentLifecycle
from sandbox.provider.payouts import PayoutLifecycle
from sandbox.provider.refunds import RefundLifecycle
from sandbox.scenario.language.builder import freeze
from sandbox.scenario.language.schema import ScenarioSchema
from sandbox.scenario.language.specs import vocabulary as of_specs
from sandbox.scenario.language.vocabulary import Vocabulary, tables

ROOT = Path(__file__).parents[2]
LIFECYCLES = (
    MandateLifecycle,
    PaymentLifecycle,
    InstantPaymentLifecycle,
    RefundLifecycle,
    PayoutLifecycle,
)


def frozen(value: Any) -> Any:
    return freeze(value)


@pytest.fixture(scope="session")
def schema() -> ScenarioSchema:
    return ScenarioSchema((ROOT / "specs/scenario.schema.json").read_text())


@pytest.fixture(scope="session")
def vocabulary(schema) -> Vocabulary:
    """A few words of each API, so that no test hangs on what their documents say."""
    block = {"properties": {"offlinePaymentToken": {"type": "string"}}}
    config = {"properties": {"defaultCurrency": {"type": "string"}}}
    closed = {"type": "object", "additionalProperties": False}
    return Vocabulary(
        schema,
        tables(LIFECYCLES),
        operations=Map(
            {
                "elevate.getRefunds": "refunds.list",
                "elevate.createInvoicePayment": "payments.create",
                "backend.createCustomerPayment": "payments.create",
                "backend.listPaymentAttempts": None,
            }
        ),
        fixtures=frozen({"socotra": {"mandates": closed | block, "config": closed | config}}),
        views=frozen({"socotra": {"payment": {"properties": {"paymentState": {}}}}}),
    )


@pytest.fixture(scope="session")
def words(schema) -> Vocabulary:
    """All the words of the three APIs, as a server knows them."""
    documents = {
        api: yaml.load((ROOT / f"specs/{api}.yaml").read_text(), yaml.CSafeLoader)
        for api in ("elevate", "backend", "socotra")
    }
    as_json = json.loads(json.dumps(documents, default=str))
    return of_specs(schema, as_json, LIFECYCLES, {"socotra": configuration.misfits})
