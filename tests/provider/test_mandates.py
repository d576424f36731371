import pytest

from sandbox.engine.events import CLIENT
from sandbox.engine.ids import reference
from sandbox.provider import mandates
from sandbox.provider.mandates import Mandate, MandateStatus, TooManyReinstatementsError


def test_a_mandate_that_is_requested_has_the_hosted_page_and_its_references(bank):
    mandate = mandates.request(bank.sandbox, customer=1, site=1, api="elevate")

    assert mandate == Mandate(
        id=1,
        ref="mandate-1",
        api="elevate",
        created=bank.sandbox.now,
        customer=1,
        site=1,
        reference=reference(1, "MD", 1),
        customer_reference=reference(1, "CU", 1),
        flow_token=reference(1, "RE", 1),
        status=MandateStatus.REQUESTED,
    )
    assert mandate.provider_reference == mandate.reference
    event = bank.last_event()
    assert (event.name, event.was, event.became, event.cause) == (
        "mandate.requested",
        "",
        "requested",
        CLIENT,
    )


def test_a_mandate_counts_how_often_it_was_asked_for_again(bank):
    mandate = bank.mandate("cancelled")

    bank.announce(mandate, "resubmission_requested")

    assert bank.now(mandate).reinstatements == 1
    assert bank.now(mandate).status == MandateStatus.CANCELLED


def test_law_5_an_eleventh_reinstatement_is_refused(bank):
    mandate = bank.mandate("cancelled")
    for _ in range(10):
        bank.announce(mandate, "resubmission_requested")
    before = bank.sandbox.state

    with pytest.raises(TooManyReinstatementsError) as refused:
        bank.announce(mandate, "resubmission_requested")

    assert str(refused.value) == f"mandate {mandate.reference} was asked for again 10 times"
    assert bank.sandbox.state is before
