"""What all sandboxes of a server have exercised, those that are no more too."""

from collections import Counter

from sandbox.apis import Server
from sandbox.apis.control.views import reports
from sandbox.engine.sandbox import Sandbox

Counts = dict[str, Counter[str]]
"""By kind and name; 0 for what nobody has exercised."""


class Exercised:
    """From now on, what would be forgotten with a sandbox is counted."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._gone: Counts = {}
        server.sandboxes.gone.append(self._add)

    def _add(self, sandbox: Sandbox) -> None:
        _add(self._gone, reports.exercised(sandbox))

    def counts(self) -> Counts:
        """What has been exercised so far. A request that reached no sandbox was answered too."""
        server = self._server
        every = reports.every(server.scenarios.vocabulary)
        seen: Counts = {kind: Counter() for kind in every}
        _add(seen, self._gone)
        _add(seen, {"answers": reports.answers(server.journal)})
        for sandbox in server.sandboxes:
            _add(seen, reports.exercised(sandbox))
        return {
            kind: Counter({name: seen[kind][name] for name in names})
            for kind, names in every.items()
        }


def _add(counts: Counts, more: Counts) -> None:
    for kind, counted in more.items():
        counts.setdefault(kind, Counter()).update(counted)
