from datetime import date

from sandbox.engine.events import CLIENT
from sandbox.engine.ids import reference
from sandbox.provider import payouts
from sandbox.provider.payouts import Payout, PayoutStatus


def test_a_payout_is_what_the_client_wants(bank):
    payout = payouts.create(
        bank.sandbox, amount=10_00, customer=1, execution_date=date(2026, 6, 9), api="elevate"
    )

    assert payout == Payout(
        id=1,
        ref="payout-1",
        api="elevate",
        created=bank.sandbox.now,
        amount=10_00,
        customer=1,
        number=reference(1, "OUT", 1),
        execution_date=date(2026, 6, 9),
        status=PayoutStatus.CREATED,
    )
    assert payout.provider_reference == payout.number
    assert (bank.last_event().name, bank.last_event().cause) == ("payout.created", CLIENT)
