from datetime import UTC, datetime

from sandbox.engine.journal import MOST_ENTRIES, Entry, Journal, Violation

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def with_requests(count, most=3):
    journal = Journal(most=most)
    for _ in range(count):
        journal.keep(Entry(journal.next_id(), MONDAY, "GET", "/v1/refunds"))
    return journal


def test_requests_are_numbered_from_one():
    journal = Journal(prefix="s")

    assert [journal.next_id(), journal.next_id()] == ["s1", "s2"]


def test_the_journal_keeps_the_last_requests_and_says_how_many_it_dropped():
    journal = with_requests(5)

    assert [entry.id for entry in journal] == ["r3", "r4", "r5"]
    assert (journal.count, journal.dropped) == (5, 2)


def test_nothing_is_dropped_while_there_is_room():
    assert with_requests(3).dropped == 0


def test_a_request_is_found_by_its_id_while_it_is_kept():
    journal = with_requests(4)

    assert journal.find("r4") == Entry("r4", MONDAY, "GET", "/v1/refunds")
    assert journal.find("r1") is None


def test_what_is_read_is_what_was_written_down_and_the_newest_can_come_first():
    entry = Entry(
        "r1", MONDAY, "POST", "/v1/refunds", b"a=%C3", ((b"host", b"caf\xe9"),), b"\xff", "elevate",
        "createRefund", 400, b"{}", (Violation("body", "/invoiceId", "is required"),), "why", "a:3",
        "timeout", ("ignored",),
    )  # fmt: skip
    journal = Journal.of([entry, Entry("r2", MONDAY, "GET", "/v1/refunds")], count=7)

    assert next(iter(journal)) == entry
    assert [one.id for one in reversed(journal)] == ["r2", "r1"]
    assert journal.next_id() == "r8"


def test_of_more_entries_than_are_kept_the_newest_stay():
    entries = [Entry(f"r{number}", MONDAY, "GET", "/v1/refunds") for number in range(1, 1003)]
    journal = Journal.of(entries, count=1002)

    journal.keep(Entry(journal.next_id(), MONDAY, "GET", "/v1/refunds"))

    ids = [entry.id for entry in journal]
    assert (len(ids), ids[0], ids[-1], journal.dropped) == (MOST_ENTRIES, "r4", "r1003", 3)


def test_a_copy_goes_on_by_itself():
    journal = with_requests(2)
    copy = journal.copy()

    journal.keep(Entry(journal.next_id(), MONDAY, "GET", "/v1/refunds"))

    assert ([entry.id for entry in copy], copy.next_id()) == (["r1", "r2"], "r3")


def test_a_violation_is_named_by_the_member_that_breaks_the_spec_or_by_its_place():
    assert Violation("body", "/lines/0/amount", "-1 is too little").name == "amount"
    assert Violation("query", "", "too many").name == "query"
