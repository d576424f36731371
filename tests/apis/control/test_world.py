from datetime import timedelta

import pytest

from sandbox.apis.control.views.world import revision
from sandbox.provider.payments import Payment
from tests.apis.control.conftest import WALL

NOTHING = {"mandate": 2, "payment": 0, "instant_payment": 0, "refund": 0, "payout": 0}


def test_the_sandbox_as_a_whole(desk):
    desk.mandate()

    assert desk.ask("get_sandbox") == {
        "name": "ci-7",
        "revision": revision(desk.sandbox),
        "seed": 1,
        "clock": {
            "now": "2026-09-14T09:00:00Z",
            "mode": "stopped",
            "pending": 1,
            "nextDue": "2026-09-14T09:05:00Z",
        },
        "scenario": {"name": "happy-path", "params": {}},
        "counts": {
            "resources": {**NOTHING, "mandate": 3},
            "events": 3,
            "requests": 1,
            "pending": 1,
        },
        "settings": {"elevateVersion": "1.39"},
        "snapshots": [],
    }


def test_it_has_another_revision_whenever_something_may_have_changed(desk):
    seen = [desk.ask("get_sandbox")["revision"]]
    for act in (desk.mandate, lambda: desk.advance("1 hour"), lambda: desk.ask("get_clock")):
        act()
        seen.append(revision(desk.sandbox))

    assert len(set(seen)) == len(seen)


def test_while_its_clock_runs_it_has_another_revision_each_minute(desk):
    desk.ask("set_clock", body={"mode": "running"})
    first = desk.ask("get_sandbox")["revision"]

    later = [revision(desk.sandbox, WALL + timedelta(seconds=each)) for each in (0, 59, 60, 119)]

    assert later[:2] == [first, first]
    assert later[2] == later[3] != first


def test_a_setting_is_this_sandboxes_own(desk):
    changed = desk.ask("patch_sandbox", body={"elevateVersion": "1.37"})

    assert changed["settings"] == {"elevateVersion": "1.37"}
    assert desk.other("neighbour").ask("get_sandbox")["settings"] == {"elevateVersion": "1.39"}


def test_what_a_sandbox_does_not_say_is_as_the_server_is_set(desk):
    desk.server.settings = {"elevateVersion": "1.37"}

    assert desk.ask("get_sandbox")["settings"] == {"elevateVersion": "1.37"}


def test_a_setting_outlives_a_new_scenario(desk):
    desk.ask("patch_sandbox", body={"elevateVersion": "1.37"})

    desk.bind("mandate-fails-at-bank")

    assert desk.ask("get_sandbox")["settings"] == {"elevateVersion": "1.37"}


def test_a_forgotten_sandbox_begins_anew(desk):
    desk.use("small-payments-bounce")
    desk.payment()
    desk.advance("1 day")

    desk.ask("delete_sandbox")

    again = desk.other("ci-7").ask("get_sandbox")
    assert (again["clock"]["now"], again["scenario"]["name"], again["counts"]) == (
        "2026-09-14T09:00:00Z",
        "happy-path",
        {"resources": NOTHING, "events": 2, "requests": 1, "pending": 0},
    )


def test_alive_at_once_and_ready_when_all_is_loaded(desk):
    assert desk.ask("get_livez") == {"status": "alive"}
    assert desk.answer("get_readyz").status == 503
    assert desk.last.body["status"] == "starting"

    desk.server.ready = True

    assert desk.ask("get_readyz") == {"status": "ready", "waitingFor": []}


def test_back_to_a_moment_that_was_kept(desk):
    desk.payment()
    kept = desk.ask("take_snapshot", body={"name": "before"})
    desk.advance("2 working days")

    restored = desk.ask("restore_snapshot", name="before")

    assert kept == {"name": "before", "at": "2026-09-14T09:00:00Z", "events": 3, "pending": 3}
    assert restored["clock"]["now"] == "2026-09-14T09:00:00Z"
    assert restored["snapshots"] == ["before"]
    assert desk.sandbox.get(Payment, 1).status == "created"


def test_from_one_moment_the_same_happens_again_and_again(desk):
    desk.payment()
    desk.ask("take_snapshot", body={"name": "before"})

    runs = []
    for _ in range(3):
        desk.ask("restore_snapshot", name="before")
        runs.append(desk.ask("run_until_idle"))

    assert runs == [runs[0]] * 3
    assert [one["event"] for one in runs[0]["fired"]][-1] == "payment.paid_out"


def test_the_state_that_another_takes_the_place_of_is_let_go_of(desk):
    left = []
    desk.server.let_go = left.append
    first = desk.sandbox.state
    desk.bind("mandate-fails-at-bank")
    desk.ask("take_snapshot", body={"name": "before"})
    second = desk.sandbox.state

    desk.ask("restore_snapshot", name="before")

    assert [one is state for one, state in zip(left, (first, second), strict=True)] == [True] * 2


def test_a_name_used_again_stands_for_the_later_moment(desk):
    desk.ask("take_snapshot", body={"name": "here"})
    desk.advance("1 hour")
    desk.ask("take_snapshot", body={"name": "here"})
    desk.advance("1 hour")

    assert desk.ask("restore_snapshot", name="here")["clock"]["now"] == "2026-09-14T10:00:00Z"


def test_snapshots_outlive_the_moment_one_goes_back_to(desk):
    desk.ask("take_snapshot", body={"name": "first"})
    desk.advance("1 hour")
    desk.ask("take_snapshot", body={"name": "second"})
    desk.ask("restore_snapshot", name="first")

    assert desk.ask("restore_snapshot", name="second")["snapshots"] == ["first", "second"]


def test_snapshots_outlive_a_scenario_that_begins_the_world_again(desk):
    desk.ask("take_snapshot", body={"name": "fresh"})
    desk.bind("mandate-fails-at-bank")

    restored = desk.ask("restore_snapshot", name="fresh")

    assert restored["scenario"]["name"] == "happy-path"
    assert restored["clock"]["now"] == "2026-09-14T09:00:00Z"


def test_a_moment_that_nobody_kept(desk):
    refusal = desk.refused("restore_snapshot", name="before")

    message = "There is no snapshot before."
    assert refusal == (404, {"code": "not_found", "message": message, "details": []})


def test_a_running_clock_runs_on_from_the_restored_moment(desk):
    desk.ask("set_clock", body={"mode": "running"})
    desk.ask("take_snapshot", body={"name": "then"})
    desk.wall = desk.wall.replace(hour=12)
    desk.sandbox.catch_up(desk.wall)

    desk.ask("restore_snapshot", name="then")
    desk.sandbox.catch_up(desk.wall.replace(minute=1))

    assert desk.ask("get_clock")["now"] == "2026-09-14T09:01:00Z"


def test_a_fork_is_equal_now_and_goes_its_own_way(desk):
    desk.use("small-payments-bounce")
    desk.payment(amount=999)

    made = desk.ask("fork_sandbox", body={"name": "ci-7-late"})

    fork = desk.other("ci-7-late")
    assert fork.sandbox.state is desk.sandbox.state
    assert {**made, "name": "ci-7"} == desk.ask("get_sandbox") | {
        "counts": made["counts"],
        "revision": made["revision"],
    }
    fork.ask("run_until_idle")
    assert desk.ask("get_clock")["now"] == "2026-09-14T09:00:00Z"
    assert fork.ask("get_resource", type="payment", id="1")["status"] == "failed"


def test_a_forks_journal_has_what_led_there(desk):
    desk.ask("get_clock")
    desk.ask("fork_sandbox", body={"name": "ci-7-late"})
    fork = desk.other("ci-7-late")

    fork.ask("get_clock")

    assert [one["id"] for one in fork.ask("list_requests")["items"]] == ["r1", "r3"]
    assert [one["id"] for one in desk.ask("list_requests")["items"]] == ["r1", "r2"]


@pytest.mark.parametrize("name", ["ci-7", "neighbour"])
def test_a_fork_takes_nobodys_place(desk, name):
    desk.other("neighbour")

    refusal = desk.refused("fork_sandbox", body={"name": name})

    assert refusal == (
        409,
        {
            "code": "conflict",
            "message": f"There is a sandbox {name} already.",
            "details": [{"what": "name", "holds": f"{name} exists"}],
        },
    )
