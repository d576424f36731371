"""Getting a token: any brand, user name and password will do, and the user name is the sandbox."""

from datetime import UTC, datetime

import jwt
import pytest

from sandbox.config import Settings

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)  # by the clock of the server's machine
TIMELESS = {"verify_exp": False, "verify_iat": False}
CREDENTIALS = {"brand": "everyday", "username": "bob.smith", "password": "a long sentence"}


def authenticate(elevate, body):
    headers = {"Authorization": None}
    return elevate.call("POST", "/v1/authenticate", body, headers=headers)


def test_a_token_is_had_without_a_credential_and_lasts_fifteen_minutes(elevate):
    answer = authenticate(elevate, CREDENTIALS)

    token = answer.json()["token"]
    claims = jwt.decode(token, Settings().jwt_key, algorithms=["HS256"], options=TIMELESS)
    assert (answer.status_code, answer.json()["username"]) == (200, "bob.smith")
    assert (claims["sub"], claims["brand"]) == ("bob.smith", "everyday")
    assert (claims["iat"], claims["exp"] - claims["iat"]) == (NOW.timestamp(), 900)


def test_the_token_opens_the_users_own_sandbox(elevate):
    username = f"user-{elevate.token}"
    token = authenticate(elevate, {**CREDENTIALS, "username": username}).json()["token"]

    elevate.session.headers["Authorization"] = f"Bearer {token}"

    assert elevate.control("GET", "")["name"] == username


@pytest.mark.parametrize(
    "changes",
    [{"brand": None}, {"username": ""}, {"username": "x" * 101}, {"password": ""}, {"brand": 1}],
    ids=str,
)
def test_malformed_credentials_are_refused(elevate, changes):
    answer = authenticate(elevate, {**CREDENTIALS, **changes})

    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
    assert next(iter(changes)) in answer.json()["message"]
