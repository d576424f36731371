"""What a payer or an approver does on a page, for who has no browser at hand."""

from sandbox.apis import Answer, Json, Server
from sandbox.apis.control.rules import paying
from sandbox.apis.control.views.approvals import approval
from sandbox.apis.control.views.resources import resource
from sandbox.engine.sandbox import Sandbox
from sandbox.provider import approvals
from sandbox.provider.approvals import ApprovalStatus


def set_bank_account(sandbox: Sandbox, id: str, body: Json) -> Answer:
    return Answer(resource(sandbox, paying.give_account(sandbox, id, body)))


def get_first_payment(sandbox: Sandbox, id: str) -> Answer:
    return Answer(resource(sandbox, paying.first_payment(sandbox, id)))


def add_first_payment(sandbox: Sandbox, id: str, body: Json) -> Answer:
    return Answer(resource(sandbox, paying.add_first_payment(sandbox, id, body)), 201)


def list_approvals(sandbox: Sandbox, server: Server) -> Answer:
    every = approvals.every(sandbox)
    return Answer({"items": [approval(sandbox, server.links_key, one) for one in every]})


def get_approval(sandbox: Sandbox, server: Server, id: str) -> Answer:
    return Answer(approval(sandbox, server.links_key, approvals.find(sandbox, id)))


def answer_approval(sandbox: Sandbox, server: Server, id: str, body: Json) -> Answer:
    answered = approvals.answer(sandbox, id, ApprovalStatus(body["status"]))
    return Answer(approval(sandbox, server.links_key, answered))
