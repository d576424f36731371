"""Starting a server, ours or another, asking it one thing, and reading what it takes."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

SPEC = Path(__file__).parents[2] / "specs" / "elevate.yaml"
PEER = (sys.executable, "-m", "tests.benchmarks.peers")
PATIENCE = 60
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Subject:
    """A server to be measured: its command (the port goes where `{}` is), and how it is asked."""

    name: str
    command: tuple[str, ...]
    base: str = "/v1"
    ready: str = "/v1/invoice-payments/1"


def subjects():
    """The sandbox first, then what it is compared with; Prism where it is installed."""
    ours = (sys.executable, "-m", "sandbox", "serve", "--port", "{}")
    found = [
        Subject("sandbox", ours, ready="/_sandbox/readyz"),
        Subject("bare ASGI", (*PEER, "bare", "{}")),
        Subject("Connexion's default", (*PEER, "connexion", "{}")),
    ]
    if prism := shutil.which("prism"):
        command = (prism, "mock", str(SPEC), "--port", "{}")
        found.append(Subject("Prism", command, base="", ready="/invoice-payments/1"))
    return found


class Server:
    """One that runs, by its process and its port."""

    def __init__(self, subject, process, port):
        self.subject = subject
        self.process = process
        self.port = port

    def cpu(self):
        """Seconds of CPU time so far, its children's too."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS

    def resident(self):
        """Resident memory in megabytes (of a million bytes)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        kibibytes = next(line for line in lines if line.startswith("VmRSS")).split()[1]
        return int(kibibytes) * 1024 / 1e6


@contextmanager
def running(subject):
    """The server from its command to its first 200, and how many seconds that took."""
    port = _free_port()
    begun = time.perf_counter()
    command = [part.format(port) for part in subject.command]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as process:
        try:
            while not _answers(port, subject.ready):
                if process.poll() is not None or time.perf_counter() - begun > PATIENCE:
                    raise SystemExit(f"{subject.name} did not start: {' '.join(command)}")
                time.sleep(0.002)
            yield Server(subject, process, port), time.perf_counter() - begun
        finally:
            process.terminate()


def _environment():
    """Ours, in which Python keeps byte code from one start to the next, as an installation has it.

    Where a file system takes none, a start from a checkout compiles each time.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONWARNINGS": "ignore"}


def request(method, path, body="", token="bench"):
    """An HTTP request as text."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}\r\n{body}"


def _answers(port, path):
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as connection:
            connection.sendall(request("GET", path).encode())
            return connection.recv(4096)[9:12] == b"200"
    except OSError:
        return False


def _free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
