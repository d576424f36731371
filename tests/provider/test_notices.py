from datetime import UTC, datetime, timedelta

import pytest
from immutables import Map

from sandbox.provider import notices
from sandbox.provider.notices import Fate, Notice

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = "story.yaml:9"


@pytest.fixture
def payment(bank):
    return bank.payment()


@pytest.fixture
def moved(bank, payment):
    """Makes the payment what a test says, and answers the event."""

    def move(to):
        bank.move(payment, to)
        return bank.last_event()

    return move


def fates(bank):
    """What was told, in order: event, API, what became of it."""
    told = notices.of(bank.sandbox).told
    return [(bank.sandbox.event(each.event).name, each.api, each.fate) for each in told]


def owed(bank):
    return {
        (bank.sandbox.event(number).name, api): notice.fate
        for (api, number), notice in notices.of(bank.sandbox).owed.items()
    }


def behind(name):
    return Notice(0, "elevate", Fate.HELD, MONDAY, RULE, behind=name)


def late(at, api="elevate"):
    return Notice(0, api, Fate.LATE, at, RULE)


def test_a_notice_is_told_in_its_events_instant_but_after_what_is_being_done(bank, moved):
    notices.tell(bank.sandbox, moved("submitted"), "elevate", will_retry=True, rule=RULE)
    assert bank.heard == []

    bank.sandbox.settle()

    assert bank.heard == [("elevate", "payment.submitted", True)]
    assert list(notices.of(bank.sandbox).told) == [
        Notice(bank.last_event().number, "elevate", Fate.TOLD, MONDAY, RULE, will_retry=True)
    ]


def test_an_api_hears_what_it_was_told_and_no_more(bank, payment, moved):
    given = notices.heard(bank.sandbox, "backend", payment.subject)
    submitted = moved("submitted")

    notices.tell(bank.sandbox, submitted, "elevate")
    bank.sandbox.settle()

    assert notices.heard(bank.sandbox, "elevate", payment.subject) == submitted
    assert notices.heard(bank.sandbox, "backend", payment.subject) == given


def test_a_late_notice_is_owed_until_it_comes(bank, moved):
    notices.tell_late(bank.sandbox, moved("submitted"), late(MONDAY + 2 * DAY))

    bank.sandbox.advance_to(MONDAY + DAY)
    assert (bank.heard, owed(bank)) == ([], {("payment.submitted", "elevate"): Fate.LATE})

    bank.sandbox.advance_to(MONDAY + 2 * DAY)
    assert bank.heard == [("elevate", "payment.submitted", False)]
    assert owed(bank) == {}


def test_a_lost_notice_never_comes(bank, moved):
    notices.lose(bank.sandbox, moved("submitted"), "elevate", rule=RULE)

    bank.sandbox.advance_to(MONDAY + 99 * DAY)

    assert bank.heard == []
    assert owed(bank) == {("payment.submitted", "elevate"): Fate.LOST}


def test_a_late_notice_that_is_older_than_what_was_heard_changes_nothing_and_is_recorded(
    bank, moved
):
    notices.tell_late(bank.sandbox, moved("submitted"), late(MONDAY + 2 * DAY))
    notices.tell(bank.sandbox, moved("confirmed"), "elevate")

    bank.sandbox.advance_to(MONDAY + 2 * DAY)

    assert bank.heard == [("elevate", "payment.confirmed", False)]
    assert fates(bank) == [
        ("payment.confirmed", "elevate", Fate.TOLD),
        ("payment.submitted", "elevate", Fate.STALE),
    ]


def test_a_held_notice_is_told_right_behind_the_other_and_is_stale_by_then(bank, moved):
    notices.hold(bank.sandbox, moved("submitted"), behind("payment.confirmed"))
    notices.tell(bank.sandbox, moved("confirmed"), "elevate")

    bank.sandbox.settle()

    assert bank.heard == [("elevate", "payment.confirmed", False)]
    assert fates(bank) == [
        ("payment.confirmed", "elevate", Fate.TOLD),
        ("payment.submitted", "elevate", Fate.STALE),
    ]
    assert owed(bank) == {}


def test_a_held_notice_waits_for_its_own_resource_and_its_own_api(bank, moved):
    other = bank.payment(status="submitted")
    notices.hold(bank.sandbox, moved("submitted"), behind("payment.confirmed"))
    bank.move(other, "confirmed")
    notices.tell(bank.sandbox, bank.last_event(), "elevate")
    notices.tell(bank.sandbox, moved("confirmed"), "backend")

    bank.sandbox.settle()

    assert owed(bank) == {("payment.submitted", "elevate"): Fate.HELD}


def test_a_copy_changes_nothing_and_is_recorded(bank, moved):
    event = moved("submitted")
    notices.tell(bank.sandbox, event, "elevate")
    notices.tell(bank.sandbox, event, "elevate")

    bank.sandbox.settle()

    assert bank.heard == [("elevate", "payment.submitted", False)]
    assert [fate for _, _, fate in fates(bank)] == [Fate.TOLD, Fate.STALE]


def test_settling_tells_all_that_is_owed_in_the_events_order(bank, moved):
    submitted, confirmed, paid_out = map(moved, ("submitted", "confirmed", "paid_out"))
    notices.tell_late(bank.sandbox, paid_out, late(MONDAY + DAY))
    notices.hold(bank.sandbox, confirmed, behind("payment.paid_out"))
    notices.lose(bank.sandbox, submitted, "elevate", rule=RULE)

    news = notices.settle(bank.sandbox, "elevate")

    assert news == [submitted, confirmed, paid_out]
    assert [name for _, name, _ in bank.heard] == [
        "payment.submitted",
        "payment.confirmed",
        "payment.paid_out",
    ]
    assert owed(bank) == {}
    assert not bank.sandbox.state.jobs


def test_settling_tells_a_notice_once_that_was_held_behind_another_one_owed(bank, moved):
    submitted, confirmed = moved("submitted"), moved("confirmed")
    notices.lose(bank.sandbox, submitted, "elevate", rule=RULE)
    notices.hold(bank.sandbox, confirmed, behind("payment.submitted"))

    news = notices.settle(bank.sandbox, "elevate")

    assert news == [submitted, confirmed]
    assert [fate for _, _, fate in fates(bank)] == [Fate.TOLD, Fate.TOLD]


def test_settling_brings_no_news_that_an_api_has_overtaken(bank, moved):
    notices.lose(bank.sandbox, moved("submitted"), "elevate", rule=RULE)
    notices.tell(bank.sandbox, moved("confirmed"), "elevate")
    bank.sandbox.settle()

    assert notices.settle(bank.sandbox, "elevate") == []
    assert fates(bank)[-1] == ("payment.submitted", "elevate", Fate.STALE)


def test_settling_is_one_apis_and_may_be_one_providers(bank):
    bank.lay(
        payment_providers=[
            {"ref": "gocardless", "type": "GO_CARDLESS"},
            {"ref": "stripe", "type": "STRIPE"},
        ]
    )
    first = bank.payment(mandate=bank.mandate(provider="gocardless").id)
    second = bank.payment(mandate=bank.mandate(provider="stripe").id)
    for payment, to, api in [
        (first, "submitted", "elevate"),
        (second, "submitted", "elevate"),
        (second, "confirmed", "backend"),
    ]:
        bank.move(payment, to)
        notices.lose(bank.sandbox, bank.last_event(), api, rule=RULE)

    news = notices.settle(bank.sandbox, "elevate", provider=second.provider)

    assert [event.subject for event in news] == [second.subject]
    assert owed(bank) == {
        ("payment.submitted", "elevate"): Fate.LOST,
        ("payment.confirmed", "backend"): Fate.LOST,
    }


def test_what_was_given_every_api_knows_that_knows_the_resource(bank):
    for_all, elevates = bank.payment(), bank.payment(api="elevate")

    def who_knows(payment):
        apis = ("elevate", "backend", "socotra")
        return [api for api in apis if notices.heard(bank.sandbox, api, payment.subject)]

    assert who_knows(for_all) == ["elevate", "backend", "socotra"]
    assert who_knows(elevates) == ["elevate"]
    assert notices.of(bank.sandbox).told == notices.NONE.told
    assert notices.of(bank.sandbox).owed == Map()
