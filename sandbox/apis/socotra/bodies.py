"""What the API answers: JSON of what it knows. Optional properties without a value are left out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from sandbox.apis import Json
from sandbox.apis.socotra.models import (
    Account,
    Attempt,
    CashTransaction,
    Instrument,
    Invoice,
    InvoiceItem,
    LedgerEntry,
    Payment,
    ShortfallCredit,
    Target,
    Webhook,
)
from sandbox.apis.socotra.rules.invoices import items_of, remaining, total
from sandbox.apis.socotra.views import Page, attempts, children
from sandbox.engine.clock import written
from sandbox.engine.money import to_major
from sandbox.engine.sandbox import Sandbox


def some(**values: Any) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in values.items() if value is not None}


def instant(value: datetime | None) -> str | None:
    """As every API writes it."""
    return written(value) if value else None


def paged(page: Page, items: Iterable[Json]) -> Json:
    """The envelope of every list."""
    return {"listCompleted": page.completed, "items": list(items)}


def payment(sandbox: Sandbox, it: Payment) -> Json:
    """PaymentResponse."""
    return {
        "locator": it.locator,
        "paymentState": it.status,
        "type": it.terms.type,
        "currency": it.currency,
        "amount": it.terms.amount,
        **some(
            remainingAmount=None if it.remaining is None else to_major(it.remaining, it.currency),
            data=orjson.loads(it.terms.data),
        ),
        "createdAt": written(it.created),
        "createdBy": it.created_by,
        **some(accountLocator=it.account),
        "targets": [target(each) for each in it.terms.targets],
        "externalCashTransactionLocator": sandbox.get(CashTransaction, it.cash).locator,
        **some(
            validationResult=validation_result(it),
            postedAt=instant(it.posted_at),
            reversalReason=it.reversal_reason,
            reversedAt=instant(it.reversed_at),
            reversedBy=it.reversed_by,
        ),
        "shortfallCreditLocators": [each.locator for each in credits_of(sandbox, it)],
        "subpayments": [
            {"subpaymentLocator": child.locator, "amount": child.terms.amount}
            for child in children(sandbox, it)
        ],
        "paymentMode": it.terms.mode,
        **some(aggregatePaymentLocator=it.parent, paymentNumber=it.number),
        "executionLog": [attempt(each) for each in attempts(sandbox, it)],
        **some(nextRequestTime=instant(it.next_request), retryPlanName=it.terms.retry_plan),
    }


def target(it: Target) -> Json:
    """CreditItem."""
    return {
        "containerLocator": it.container,
        "containerType": it.kind,
        **some(amount=it.amount),
    }


def credits_of(sandbox: Sandbox, it: Payment) -> list[ShortfallCredit]:
    """A payment's shortfall credits; an aggregate payment has those of its shares."""
    owners = it.children or (it.id,)
    return [each for id in owners for each in sandbox.all(ShortfallCredit, payment=id)]


def validation_result(it: Payment) -> Json:
    """ValidationResult. Every item names the payment (chosen)."""
    if it.validation is None:
        return None
    if not it.validation:
        return {"success": True}
    item = {
        "elementType": it.terms.type,
        "locator": it.locator,
        "errors": list(it.validation),
    }
    return {"success": False, "validationItems": [item]}


def attempt(it: Attempt) -> Json:
    """PaymentRequestExecutionLogItem."""
    return {
        "paymentRequestLocator": it.locator,
        "paymentRequestState": it.status,
        "requestTime": written(it.at),
        **some(transactionId=it.transaction_id, note=it.note),
        "data": {},
    }


def shortfall_credit(it: ShortfallCredit) -> Json:
    """ShortfallCreditResponse."""
    return {
        **shortfall_preview(it),
        "createdAt": written(it.created),
        "createdBy": it.created_by,
        "parentCreditLocator": it.parent,
        **some(reversalReason=it.reversal_reason),
    }


def shortfall_preview(it: ShortfallCredit) -> dict[str, Json]:
    """ShortfallCreditPreviewResponse."""
    amount = to_major(it.amount, it.currency)
    return {
        "locator": it.locator,
        "creditType": "shortfallWriteOff",
        "shortfallCreditState": it.status,
        "currency": it.currency,
        "amount": amount,
        "accountLocator": it.account,
        "targets": [target(Target(it.invoice, "invoice", amount))],
    }


def invoice(sandbox: Sandbox, it: Invoice) -> dict[str, Json]:
    """InvoiceSummaryView."""
    return {"locator": it.locator, **_invoice(sandbox, it)}


def _invoice(sandbox: Sandbox, it: Invoice) -> dict[str, Json]:
    """What all shapes of an invoice have."""
    parent = sandbox.find(Invoice, it.contained_in)
    start = written(it.generated)
    return {
        "accountLocator": it.account,
        "invoiceState": it.status,
        "generatedTime": start,
        "dueTime": written(it.due),
        "startTime": start,
        "endTime": start,
        "currency": it.currency,
        "timezone": it.timezone,
        "invoiceType": "aggregate" if it.is_aggregate else "normal",
        **some(
            settledTime=instant(it.settled_at),
            unsettledTime=instant(it.unsettled_at),
            invoiceNumber=it.number,
        ),
        "totalAmount": to_major(total(sandbox, it), it.currency),
        "totalRemainingAmount": to_major(remaining(sandbox, it), it.currency),
        **some(aggregatedInvoiceLocator=parent.locator if parent else None),
    }


def invoice_with_items(sandbox: Sandbox, it: Invoice) -> Json:
    """InvoiceResponse."""
    return {
        **invoice(sandbox, it),
        "invoiceItems": [_item(owner, item) for owner, item in items_of(sandbox, it)],
    }


def _item(owner: Invoice, it: InvoiceItem) -> Json:
    return {
        "locator": it.locator,
        "invoiceLocator": owner.locator,
        "chargeType": it.charge_type,
        "chargeCategory": it.charge_category,
        "amount": to_major(it.amount, owner.currency),
        "remainingAmount": to_major(it.remaining, owner.currency),
        **_settled(it),
        "timezone": owner.timezone,
        "installmentItemLocators": [],
        "transactionLocators": [],
    }


def _settled(it: InvoiceItem) -> dict[str, Json]:
    return some(settlementTime=instant(it.settled_at), unsettledTime=instant(it.unsettled_at))


def invoice_details(sandbox: Sandbox, it: Invoice) -> Json:
    """InvoiceDetailsResponse. Without policies, one group has all items."""
    items = [
        {
            "invoiceItemLocator": item.locator,
            "chargeType": item.charge_type,
            "chargeCategory": item.charge_category,
            "amount": to_major(item.amount, it.currency),
            "remainingAmount": to_major(item.remaining, it.currency),
            **_settled(item),
            "installmentItemSummaries": [],
        }
        for _, item in items_of(sandbox, it)
    ]
    return {
        "invoiceLocator": it.locator,
        **_invoice(sandbox, it),
        "invoiceSummaries": [{"invoiceItemSummaries": items}],
    }


def instrument(it: Instrument) -> Json:
    """FinancialInstrumentResponse."""
    return {
        "locator": it.locator,
        "isDefault": it.is_default,
        **some(
            accountLocator=it.account,
            instrumentType=it.kind,
            defaultTransactionMethod=it.method,
            **{name: it.names[name] for name in sorted(it.names)},
            expirationTime=instant(it.expires),
            retryPlanName=it.retry_plan,
        ),
    }


def cash_transaction(it: CashTransaction) -> Json:
    """ExternalCashTransactionResponse."""
    return {
        "locator": it.locator,
        "transactionMethod": it.method,
        **some(financialInstrumentLocator=it.instrument, transactionNumber=it.number),
    }


def ledger_entry(it: LedgerEntry) -> Json:
    """LedgerAccountLineItem. What adds to a balance is a credit (chosen)."""
    return {
        "faTransactionLocator": it.locator,
        "faTransactionTime": written(it.at),
        "faTransactionNote": it.note,
        "accountingType": "credit" if it.amount >= 0 else "debit",
        "amount": to_major(abs(it.amount), it.account[1]),
    }


def ledger_account(it: Account, currency: str, balance: int, items: Iterable[LedgerEntry]) -> Json:
    """LedgerAccountResponse: an account's credit balance."""
    return {
        "referenceLocator": it.locator,
        "referenceType": "accountCreditBalance",
        "balance": to_major(balance, currency),
        "currency": currency,
        "lineItems": [ledger_entry(each) for each in items],
    }


def charge(account: Account, locator: str, asked: Mapping[str, Json]) -> Json:
    """ChargeResponse. What was not sent is the account's (chosen)."""
    return {
        "locator": locator,
        "elementLocator": asked.get("elementLocator", account.locator).upper(),
        "elementStaticLocator": asked.get("elementStaticLocator", account.locator).upper(),
        "amount": asked["amount"],
        "chargeType": asked["chargeType"],
        "handling": "flat",
        "invoicing": "immediate",
        "rate": asked["amount"],
        "referenceRate": asked["amount"],
        "chargeCategory": "fee",
        **some(tag=asked.get("tag")),
    }


def webhook(it: Webhook) -> Json:
    """WebhookResponse."""
    return {
        "locator": it.locator,
        "name": it.name,
        "enabled": it.enabled,
        "endpoint": orjson.loads(it.endpoint),
        "failureHandling": orjson.loads(it.failures),
        "suspended": it.suspended_at is not None,
        **some(suspendedAt=instant(it.suspended_at)),
        "eventTypes": [*it.kinds, *it.causes],
    }
