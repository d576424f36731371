"""What all fixtures have in common, a scenario's and a tester's."""

from datetime import UTC, datetime

import pytest
from immutables import Map
from msgspec.structs import replace

from sandbox.engine.events import Reason
from sandbox.engine.sandbox import Sandbox, Wiring
from sandbox.engine.scheduler import Subject
from sandbox.provider.given import UnknownReferenceError, find
from sandbox.provider.laying import FixtureConflictError, lay
from sandbox.provider.mandates import Mandate

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
ADAS_BANK = Map(sort_code="200000", number="55779911", holder="Ada Lovelace")
JUNE = {"ref": "june", "customer": "ada", "amount": "42.00"}


# What every kind may have


def test_a_block_is_what_only_one_api_has_a_word_for(bank):
    block = Map(locator="01J")
    invoice = bank.lay(invoices=[{**JUNE, "socotra": block}])

    assert invoice.blocks == Map(socotra=block)
    assert (invoice.block("socotra"), invoice.block("elevate")) == (block, Map())


@pytest.mark.parametrize(
    ("api", "known"), [("", ("elevate", "socotra")), ("backend", ("backend",))]
)
def test_a_fixture_is_known_to_the_api_it_names_or_to_all(bank, api, known):
    assert bank.mandate(api=api).known_to(("elevate", "socotra")) == known


@pytest.mark.parametrize(
    ("created", "instant"),
    [
        ("2026-05-01T09:00", datetime(2026, 5, 1, 8, tzinfo=UTC)),
        ("2026-01-05", datetime(2026, 1, 5, tzinfo=UTC)),
        ("2026-05-01T09:00:00+02:00", datetime(2026, 5, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_the_calendars(bank, created, instant):
    assert bank.payment(created=created).created == instant


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("bank_account_closed", Reason("bank_account_closed", "ARUDD-B", "bank")),
        (
            {"code": "refer_to_payer", "scheme_code": "ARUDD-9", "text": "ask them"},
            Reason("refer_to_payer", "ARUDD-9", "bank", "ask them"),
        ),
    ],
)
def test_a_reason_is_a_code_or_a_code_and_more(bank, named, reason):
    assert bank.payment("failed", reason=named).reason == reason


def test_a_reference_is_a_ref_or_an_id(bank):
    bank.mandate(ref="flat-bacs", id=4)

    by_ref, by_id = bank.payment(mandate="flat-bacs"), bank.payment(mandate=4)

    assert by_ref.mandate == by_id.mandate == 4
    assert find(bank.sandbox, Mandate, "flat-bacs") == find(bank.sandbox, Mandate, 4)


def test_an_id_alone_means_the_normal_invoice_and_a_ref_either(bank):
    bank.lay(invoices=[{**JUNE, "id": 9}, {**JUNE, "ref": "repair", "id": 9, "kind": "adhoc"}])

    named = [bank.payment(invoice=name).invoice for name in (9, "june", "repair")]

    assert named == [Subject("invoice", 9), Subject("invoice", 9), Subject("adhoc_invoice", 9)]


def test_fixtures_may_refer_to_each_other_whatever_the_order_of_the_kinds(bank):
    laid = lay(
        bank.sandbox,
        {
            "refunds": [{"payment": "may", "amount": "1.00", "status": "paid"}],
            "payments": [{"ref": "may", "invoice": "june", "amount": "2.00", "status": "paid_out"}],
            "invoices": [{**JUNE, "customer": "grace"}],
            "customers": [{"ref": "grace"}],
        },
    )

    assert [one.ref for one in laid] == [
        "grace",
        "site-2",
        "account-2",
        "june",
        "may",
        "refund-1",
    ]


def test_what_is_laid_has_not_happened(bank):
    bank.payment("failed")

    assert bank.happened() == []
    assert not bank.sandbox.state.jobs


def test_the_layers_above_see_each_fixture_and_then_all_of_them(bank):
    seen = []
    wiring = Wiring(
        given=(lambda _, one: seen.append(one.ref),),
        laid=(lambda _, all: seen.append([one.ref for one in all]),),
    )

    lay(Sandbox("t", bank.sandbox.state, wiring), {"invoices": [JUNE], "webhooks": [{"ref": "w"}]})

    assert seen == ["june", "w", ["june", "w"]]


# Refusals. `lay` runs inside an attempt: what it refuses leaves nothing behind.


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"customers": [{"id": 1}]}, "customers: id 1 exists already in this sandbox"),
        ({"customers": [{"ref": "ada"}]}, "customers: ref 'ada' exists already in this sandbox"),
        (
            {"invoices": [{**JUNE, "ref": "ada"}]},
            "invoices: ref 'ada' exists already in this sandbox",
        ),
        ({"invoices": [JUNE, JUNE]}, "invoices: ref 'june' exists already in this sandbox"),
        (
            {"invoices": [{**JUNE, "kind": "adhoc"}, JUNE]},
            "invoices: ref 'june' exists already in this sandbox",
        ),
        (
            {"invoices": [{**JUNE, "id": 9}, {**JUNE, "ref": "july", "id": 9}]},
            "invoices: id 9 exists already in this sandbox",
        ),
    ],
)
def test_a_name_or_number_that_is_taken_is_refused(bank, resources, message):
    before = bank.sandbox.state

    with pytest.raises(FixtureConflictError) as refused, bank.sandbox.attempt():
        lay(bank.sandbox, resources)

    assert str(refused.value) == message
    assert bank.sandbox.state is before


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"accounts": [{"customer": "bob"}]}, "accounts: customer: there is no 'bob'"),
        ({"sites": [{"customer": 9}]}, "sites: customer: there is no 9"),
        ({"mandates": [{"site": "shed"}]}, "mandates: site: there is no 'shed'"),
        ({"mandates": [{}]}, "mandates: customer: there is no None"),
        (
            {"mandates": [{"site": 1, "provider": "stripe"}]},
            "mandates: provider: there is no 'stripe'",
        ),
        ({"invoices": [{**JUNE, "customer": "bob"}]}, "invoices: customer: there is no 'bob'"),
        (
            {"payments": [{"invoice": "may", "amount": "1.00", "status": "created"}]},
            "payments: invoice: there is no 'may'",
        ),
        (
            {"payments": [{"customer": 1, "mandate": 5, "amount": "1.00", "status": "created"}]},
            "payments: mandate: there is no 5",
        ),
        (
            {"refunds": [{"payment": "may", "amount": "1.00", "status": "created"}]},
            "refunds: payment: there is no 'may'",
        ),
    ],
)
def test_a_reference_to_what_there_is_not_is_refused(bank, resources, message):
    before = bank.sandbox.state

    with pytest.raises(UnknownReferenceError) as refused, bank.sandbox.attempt():
        lay(bank.sandbox, resources)

    assert str(refused.value) == message
    assert bank.sandbox.state is before


def test_ids_go_on_at_the_next_free_number_of_their_kind(bank):
    bank.lay(invoices=[{**JUNE, "id": 2}])

    first, second = (bank.lay(invoices=[{**JUNE, "ref": ref}]) for ref in ("july", "august"))

    assert [first.id, second.id] == [1, 3]
    assert replace(first, id=3, number="INV-3", ref="august") == second
