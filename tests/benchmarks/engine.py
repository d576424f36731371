"""In one process: moves a second, lists at size, and the cost of another sandbox like this one.

CPU time throughout: only one process works here, and what else the machine does is not its.
"""

import gc
import tracemalloc
import warnings
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from time import process_time

warnings.simplefilter("ignore")

from sandbox.apis.control.rules import moments  # noqa: E402  Connexion warns on import
from sandbox.apis.elevate.rules.books import books_of  # noqa: E402
from sandbox.apis.elevate.rules.payments import NewPayment, create  # noqa: E402
from sandbox.config import Settings  # noqa: E402
from sandbox.engine.scheduler import Subject  # noqa: E402
from sandbox.web.app import build_app  # noqa: E402
from sandbox.web.memory import rest_the_collector  # noqa: E402

MONDAY = datetime(2026, 6, 1, 8, tzinfo=UTC)
UNDER_A_MANDATE = Subject("invoice", 2)
LISTED, OTHERS = Subject("invoice", 1), Subject("invoice", 4)
STEPS_OF_A_PAYMENT = 3
PAGE = 20


class World:
    """The default world, as often as it is asked for. Sandboxes are named by count."""

    def __init__(self):
        self.app = build_app(Settings())
        self.sandboxes = self.app.process.server.sandboxes
        self.count = 0
        rest_the_collector()  # as the server does

    def sandbox(self):
        self.count += 1
        return self.sandboxes.at(f"bench-{self.count}", MONDAY)

    def under_way(self, payments):
        """A sandbox with so many payments under an active mandate, each with its steps planned."""
        sandbox = self.sandbox()
        for _ in range(payments):
            create(
                sandbox, books_of(sandbox, UNDER_A_MANDATE), NewPayment(1, "June", "GO_CARDLESS")
            )
        sandbox.settle()
        return sandbox

    def with_rows(self, rows):
        """A sandbox with so many payments recorded, a hundred of them of one invoice."""
        sandbox = self.sandbox()
        for number in range(rows):
            invoice = LISTED if number % (rows // 100) == 0 else OTHERS
            create(sandbox, books_of(sandbox, invoice), NewPayment(1, "June", "CHEQUE"))
        return sandbox

    def get(self, sandbox, path, query):
        """The bytes of an answer, by way of the whole application."""
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"authorization", f"Bearer {sandbox.name}".encode())],
        }
        sent = []

        async def receive():
            return {"type": "http.request"}

        async def send(message):
            sent.append(message)

        _driven(self.app(scope, receive, send))
        assert sent[0]["status"] == 200, sent[1]["body"]
        return sent[1]["body"]


def _driven(coroutine):
    """Run what never waits, without an event loop's own cost."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("it waits for something")


def seconds_of(work, times=1):
    """CPU seconds of one call."""
    gc.collect()
    begun = process_time()
    for _ in range(times):
        work()
    return (process_time() - begun) / times


def moves(say, world, rounds, payments, pending):
    """A move: one step of the provider's lifecycle with its event, notice and Elevate row."""
    few, many = pending
    found = median(_moves_a_second(world, payments) for _ in range(rounds))
    say(f"\nmoves a second, {payments} payments, 60 days: {found:.0f} (goal 20000)")
    pairs = []
    for _ in range(rounds):
        slow, fast = (_moves_a_second(world, jobs // STEPS_OF_A_PAYMENT) for jobs in (many, few))
        pairs.append(fast / slow)
    dearer = f"a move costs {median(pairs):.2f} times from {few} to {many} pending jobs"
    say(f"  {dearer} (goal 1.5 times)")


def _moves_a_second(world, payments):
    sandbox, happened = world.under_way(payments), []
    target = sandbox.now + timedelta(days=60)
    seconds = seconds_of(lambda: happened.extend(sandbox.advance_to(target)))
    made = sum(event.name.startswith("payment.") for event in happened)
    assert made == payments * STEPS_OF_A_PAYMENT
    world.sandboxes.forget(sandbox.name)
    return made / seconds


def lists(say, world, rounds, few, many):
    """The same page of a short and of a long list."""
    short, long = world.with_rows(few), world.with_rows(many)
    last, far = few // PAGE, min(500, many // PAGE)
    pages = {
        "page 1 of one invoice": ("generatedInvoiceId=1&page=1", "generatedInvoiceId=1&page=1"),
        f"page {far} by id, ascending": (f"sort=id&page={last}", f"sort=id&page={far}"),
        f"page {far} by id, descending": (f"sort=id:desc&page={last}", f"sort=id:desc&page={far}"),
    }
    say(f"\nlists of {many} rows: what a page of {PAGE} costs, as a ratio to {few} rows")
    for name, (of_few, of_many) in pages.items():
        ratio = median(
            _page_seconds(world, long, of_many) / _page_seconds(world, short, of_few)
            for _ in range(rounds * 4)
        )
        say(f"  {name:<30} {ratio:.2f} times")
    moments_of(say, short, long, rounds)


def _page_seconds(world, sandbox, query):
    path, query = "/v1/invoice-payments", f"{query}&pageSize={PAGE}"
    assert world.get(sandbox, path, query).count(b'"id"') == PAGE
    return seconds_of(lambda: world.get(sandbox, path, query), times=50)


def moments_of(say, short, long, rounds):
    """Keeping a moment, going back to it, and another sandbox from here on."""

    def keep_and_go_back(sandbox):
        moments.keep(sandbox, "here")
        moments.go_back(sandbox, "here", MONDAY)

    say(
        "\nsnapshot and restore, and fork: a large sandbox as a ratio to a small one (goal 2 times)"
    )
    for name, work in {"snapshot and restore": keep_and_go_back, "fork": _fork}.items():
        pairs = [
            [seconds_of(partial(work, sandbox), times=200) for sandbox in (long, short)]
            for _ in range(rounds * 4)
        ]
        ratio = median(large / small for large, small in pairs)
        say(
            f"  {name:<30} {ratio:.2f} times ({1e6 * median(large for large, _ in pairs):.0f} µs,"
            f" {_bytes_of(partial(work, long))} new bytes; goal 1024)"
        )


def _bytes_of(work):
    """What is there after it that was not there before."""
    work()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = work()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return after - before


def _fork(sandbox):
    """What a fork does but for finding a new sandbox, which is as much whatever it becomes."""
    return type(sandbox)("fork", sandbox.state, sandbox.wiring)
