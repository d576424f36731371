"""Work in steps: who drives them may do other things in between."""

from collections.abc import Generator
from typing import Any

Steps = Generator[None, None, Any]
"""What it is worth stands at its end."""


def finished(steps: Steps) -> Any:
    """What it is worth, at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
