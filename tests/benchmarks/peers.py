"""What the sandbox is measured against, each on one and the same uvicorn.

`python -m tests.benchmarks.peers bare|connexion <port>` serves one of them.
"""

import logging
import sys
import warnings
from pathlib import Path

import orjson
import uvicorn
import yaml

SPEC = Path(__file__).parents[2] / "specs" / "elevate.yaml"
PAYMENT = {
    "id": 1,
    "generatedInvoiceId": 4,
    "amountInMajorCurrency": 0.01,
    "currencyId": 1,
    "description": "June",
    "paymentMethod": "CHEQUE",
    "paymentDate": "2026-06-01",
    "customerPaymentType": "INVOICE",
    "customerPaymentId": 6,
}
BODY = orjson.dumps(PAYMENT)
HEADERS = [
    (b"content-length", b"%d" % len(BODY)),
    (b"content-type", b"application/json"),
]


async def bare(scope, receive, send):
    """The least that an ASGI application can do: take the body, answer bytes."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    status = 201 if scope["method"] == "POST" else 200
    await send({"type": "http.response.start", "status": status, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def connexion():
    """The same document on Connexion's own pipeline: all its default middlewares, both ways.

    The handlers answer one valid body. Any bearer token is good, as it is with us.
    """
    warnings.simplefilter("ignore")
    from connexion import AsyncApp
    from connexion.resolver import Resolver

    document = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    bearer = document["components"]["securitySchemes"]["bearerAuth"]
    bearer["x-bearerInfoFunc"] = f"{__name__}.known"
    app = AsyncApp("peers")
    app.add_api(
        document,
        base_path="/v1",
        resolver=Resolver(handler),
        strict_validation=True,
        validate_responses=True,
    )
    return app


def known(token):
    return {"sub": token}


def handler(name):
    """What answers an operation; `name` may also be that of the function for tokens."""
    if name.endswith(".known"):
        return known
    if name == "createInvoicePayment":

        async def create(body):  # noqa: ARG001  Connexion passes it by its name
            return PAYMENT, 201

        return create

    async def read(invoice_payment_id):  # noqa: ARG001
        return PAYMENT

    return read


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    uvicorn.run(
        bare if sys.argv[1] == "bare" else connexion(),
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
