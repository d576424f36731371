"""A request that is refused before its operation is asked, and why."""

from collections.abc import Sequence
from http import HTTPStatus

from sandbox.engine.journal import Violation

AGAINST_THE_SPEC = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)


class RefusedError(Exception):
    """The API's `errors.refusal` makes an answer of it. `headers` go with that answer."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        violations: Sequence[Violation] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.status = status
        self.message = message
        self.violations = tuple(violations)
        self.headers = headers
        super().__init__(message)

    @property
    def breaks_the_spec(self) -> bool:
        """Whether it is the request that is wrong, and not who asks or what for."""
        return self.status in AGAINST_THE_SPEC


class InvalidError(RefusedError):
    """The request breaks the spec: 400, with every violation."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        texts = (f"{each.where} {each.pointer or '/'} {each.message}" for each in violations)
        super().__init__(HTTPStatus.BAD_REQUEST, "; ".join(texts), violations)


class NotSimulatedError(RefusedError):
    """The document has the operation and the sandbox does not, so far: 501."""

    def __init__(self, operation_id: str) -> None:
        super().__init__(
            HTTPStatus.NOT_IMPLEMENTED,
            f"{operation_id} is in the document, but the sandbox does not simulate it yet",
        )
