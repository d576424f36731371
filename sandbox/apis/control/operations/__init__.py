"""The control API's operations, by subject; each is named for its operationId."""

from sandbox.apis.control.operations.clock import (
    advance_clock,
    advance_to_next,
    get_clock,
    run_until_idle,
    set_clock,
)
from sandbox.apis.control.operations.deliveries import list_deliveries, replay_delivery
from sandbox.apis.control.operations.history import (
    explain_resource,
    get_report,
    get_request,
    get_timeline,
    list_events,
    list_requests,
)
from sandbox.apis.control.operations.moments import (
    export_sandbox,
    fork_sandbox,
    import_sandbox,
    restore_snapshot,
    take_snapshot,
)
from sandbox.apis.control.operations.people import (
    add_first_payment,
    answer_approval,
    get_approval,
    get_first_payment,
    list_approvals,
    set_bank_account,
)
from sandbox.apis.control.operations.resources import (
    add_fixtures,
    get_resource,
    list_fixtures,
    list_resources,
    move_resource,
)
from sandbox.apis.control.operations.scenarios import (
    add_scenario,
    bind_scenario,
    get_scenario,
    get_scenario_result,
    get_scenario_schema,
    list_scenarios,
)
from sandbox.apis.control.operations.world import (
    delete_sandbox,
    get_livez,
    get_readyz,
    get_sandbox,
    patch_sandbox,
)

__all__ = [
    "add_first_payment",
    "add_fixtures",
    "add_scenario",
    "advance_clock",
    "advance_to_next",
    "answer_approval",
    "bind_scenario",
    "delete_sandbox",
    "explain_resource",
    "export_sandbox",
    "fork_sandbox",
    "get_approval",
    "get_clock",
    "get_first_payment",
    "get_livez",
    "get_readyz",
    "get_report",
    "get_request",
    "get_resource",
    "get_sandbox",
    "get_scenario",
    "get_scenario_result",
    "get_scenario_schema",
    "get_timeline",
    "import_sandbox",
    "list_approvals",
    "list_deliveries",
    "list_events",
    "list_fixtures",
    "list_requests",
    "list_resources",
    "list_scenarios",
    "move_resource",
    "patch_sandbox",
    "replay_delivery",
    "restore_snapshot",
    "run_until_idle",
    "set_bank_account",
    "set_clock",
    "take_snapshot",
]
