"""The image as a container of Testcontainers for Python: the `testcontainers` extra."""

from typing import Any

from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

from sandbox.client import Sandbox

PORT = 8080
IMAGE = "payments-sandbox"


class SandboxContainer(DockerContainer):
    """A server in a container, ready once it is started.

    `scenarios` is a folder of your own scenario files, mounted read-only.
    """

    def __init__(self, image: str = IMAGE, *, scenarios: str | None = None, **more: Any) -> None:
        super().__init__(image, **more)
        self.with_exposed_ports(PORT)
        self.waiting_for(HttpWaitStrategy(PORT, "/_sandbox/readyz").for_status_code(200))
        if scenarios:
            self.with_volume_mapping(scenarios, "/scenarios", "ro")

    @property
    def url(self) -> str:
        """Where the server can be reached from the tests."""
        host, port = self.get_container_host_ip(), self.get_exposed_port(PORT)
        return f"http://{host}:{port}"

    def sandbox(self, name: str) -> Sandbox:
        """One isolated world of it."""
        return Sandbox(self.url, name)
