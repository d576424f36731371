"""Validation: every rule, all errors at once, and never an HTTP error."""

import pytest

A, B, C, D, H, J = (f"0000000000NV0000000000000{letter}" for letter in "ABCDHJ")
ACC1, ACC2 = "0000000000ACC0000000000001", "0000000000ACC0000000000002"
CARD, EXPIRED, OTHERS = (f"0000000000FN0000000000000{number}" for number in (1, 4, 5))
NOWHERE = "01KT16JKM0000000000N0WHERE"


def errors_of(payment):
    assert payment["paymentState"] == "draft"
    assert payment["validationResult"]["success"] is False
    [item] = payment["validationResult"]["validationItems"]
    assert (item["elementType"], item["locator"]) == (payment["type"], payment["locator"])
    return item["errors"]


ON_ACCOUNT = {"accountLocator": ACC1}
BROKEN = {
    "V1 an option": (
        (1, {"data": {"paymentChannelCode": "Fax"}, **ON_ACCOUNT}),
        "Property 'standardPayment.paymentChannelCode' should be one of"
        " [Online, Phone, Branch, App]",
    ),
    "V1 a date": (
        (1, {"data": {"paidDate": "yesterday"}, **ON_ACCOUNT}),
        "Property 'standardPayment.paidDate' should be of type date",
    ),
    "V1 a length": (
        (1, {"data": {"errorCode": "x" * 20001}, **ON_ACCOUNT}),
        "'standardPayment.errorCode' length is more than max length of 20000",
    ),
    "V1 a required field": (
        (1, {"type": "StrictPayment", **ON_ACCOUNT}),
        "Non optional property 'strictPayment.chequeNumber' is missing",
    ),
    "V1 null is missing": (
        (1, {"type": "StrictPayment", "data": {"chequeNumber": None}, **ON_ACCOUNT}),
        "Non optional property 'strictPayment.chequeNumber' is missing",
    ),
    "V2 nothing": ((0, ON_ACCOUNT), "amount must be greater than 0"),
    "V2 less than nothing": ((-5, ON_ACCOUNT), "amount must be greater than 0"),
    "V2 a tenth of a cent": (
        (1.005, ON_ACCOUNT),
        "amount has more than 2 decimal places, the most in USD",
    ),
    "V3 unknown": ((1, ON_ACCOUNT, NOWHERE), f"target {NOWHERE} does not exist"),
    "V4 twice": ((1, {}, A, A), f"target {A} is named twice"),
    "V5 settled": ((1, {}, C), f"target {C} is settled; it must be open"),
    "V5 discarded": ((1, {}, D), f"target {D} is discarded; it must be open"),
    "V6 another currency": (
        (1, {"currency": "JPY"}, A),
        f"target {A} is in USD, the payment in JPY",
    ),
    "V7 another account": (
        (1, {"accountLocator": ACC2}, A),
        f"target {A} does not belong to account {ACC2}",
    ),
    "V8 a target of nothing": ((1, {}, (A, 0)), f"target {A}: amount must be greater than 0"),
    "V8 a target too fine": (
        (1, {}, (A, 0.001)),
        f"target {A}: amount has more than 2 decimal places, the most in USD",
    ),
    "V8 too much": (
        (1, {}, (A, 1.01)),
        "the targets' amounts add up to more than the payment's amount",
    ),
    "V9 nobody to credit": (
        (1, {}),
        "part of the amount has no target, and there is no account to credit",
    ),
    "V10 both": (
        (1, {"useDefaultFinancialInstrument": True, "financialInstrumentLocator": CARD}, A),
        "useDefaultFinancialInstrument and financialInstrumentLocator exclude each other",
    ),
    "V10 another's": (
        (1, {"financialInstrumentLocator": OTHERS}, A),
        f"financial instrument {OTHERS} does not belong to the account",
    ),
    "V10 expired": (
        (1, {"financialInstrumentLocator": EXPIRED}, A),
        f"financial instrument {EXPIRED} has expired",
    ),
    "V11 no such plan": ((1, {"retryPlanName": "Never"}, A), "there is no retry plan Never"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_rule_that_is_broken(socotra, case):
    (amount, terms, *targets), error = BROKEN[case]

    payment = socotra.valid(amount, *targets, **terms)

    assert errors_of(payment) == [error]
    assert socotra.told() == ["payment.create", "payment.validationfailed"]


def test_a_target_that_is_no_invoice(socotra):
    body = {
        "type": "StandardPayment",
        "amount": 1,
        "accountLocator": ACC1,
        "targets": [{"containerLocator": ACC1, "containerType": "account"}],
    }
    draft = socotra.call("create_payment", body=body)

    failed = socotra.on(draft, "validate_payment")

    assert errors_of(failed) == [
        f"target {ACC1} is of type account; a payment's targets are invoices"
    ]


def test_targets_of_two_accounts_need_an_aggregate_payment(socotra):
    payment = socotra.valid(150, (A, 100), (H, 50))

    assert errors_of(payment) == ["the targets belong to 2 accounts; they must belong to one"]


def test_a_default_instrument_that_is_not_there(socotra):
    socotra.give(
        customers=[{"ref": "bare", "id": 9, "api": "socotra"}],
        accounts=[{"ref": "acc9", "customer": "bare", "currency": "USD"}],
    )
    terms = {
        "accountLocator": socotra.locators()["acc9"],
        "useDefaultFinancialInstrument": True,
    }

    payment = socotra.valid(1, **terms)

    assert errors_of(payment) == ["there is no default financial instrument"]


def test_all_errors_come_at_once(socotra):
    payment = socotra.valid(
        -1, C, (A, 5), data={"paymentChannelCode": "Fax"}, retryPlanName="Never"
    )

    assert errors_of(payment) == [
        "Property 'standardPayment.paymentChannelCode' should be one of"
        " [Online, Phone, Branch, App]",
        "amount must be greater than 0",
        f"target {C} is settled; it must be open",
        "the targets' amounts add up to more than the payment's amount",
        "there is no retry plan Never",
    ]


def test_a_draft_can_be_mended_and_validated_again(socotra):
    failed = socotra.valid(-1, A)

    mended = socotra.on(failed, "update_payment", body={"amount": 100})
    valid = socotra.on(failed, "validate_payment")

    assert "validationResult" not in mended
    assert (valid["paymentState"], valid["validationResult"]) == ("validated", {"success": True})


def test_a_reset_clears_the_validation_and_emits_nothing(socotra):
    valid = socotra.valid(100, A)

    draft = socotra.on(valid, "reset_payment")

    assert (draft["paymentState"], "validationResult" in draft) == ("draft", False)
    assert socotra.told() == ["payment.create"]


def test_defaults_come_from_the_targets(socotra):
    draft = socotra.create(100, J)

    assert (draft["currency"], draft["accountLocator"]) == ("JPY", "0000000000ACC0000000000003")
    assert (draft["paymentMode"], "retryPlanName" in draft) == ("normal", False)


def test_without_targets_the_tenants_currency_and_no_account(socotra):
    draft = socotra.create(100)

    assert (draft["currency"], "accountLocator" in draft) == ("USD", False)


def test_an_unknown_reference_is_refused_at_once(socotra):
    body = {
        "type": "Barter",
        "amount": 1,
        "accountLocator": NOWHERE,
        "financialInstrumentLocator": NOWHERE.lower(),
    }
    before = socotra.sandbox.state

    details = socotra.unusable("create_payment", body=body)

    assert details == [
        {"field": "type", "reason": "no payment type is called Barter"},
        {"field": "accountLocator", "reason": f"account {NOWHERE} does not exist"},
        {"field": "financialInstrumentLocator", "reason": f"instrument {NOWHERE} does not exist"},
    ]
    assert socotra.sandbox.state is before


def test_names_are_matched_ignoring_case(socotra):
    draft = socotra.create(100, A.lower(), type="STANDARDpayment", retryPlanName="slow")

    valid = socotra.on(draft, "validate_payment")

    assert (valid["paymentState"], valid["type"]) == ("validated", "StandardPayment")
    assert valid["targets"] == [{"containerLocator": A, "containerType": "invoice"}]


def test_a_patch_leaves_what_it_does_not_name(socotra):
    draft = socotra.create(100, A, data={"errorCode": "1", "other": [1, {"two": None}]})

    patched = socotra.on(
        draft,
        "update_payment",
        body={
            "removeData": {"errorCode": "ignored", "never": 1},
            "setData": {"paymentChannelCode": "App"},
            "removeTargets": [A, B],
            "addTargets": [{"containerLocator": B, "containerType": "invoice", "amount": 5}],
            "retryPlanName": "Slow",
        },
    )

    assert patched == {
        **draft,
        "data": {"other": [1, {"two": None}], "paymentChannelCode": "App"},
        "targets": [{"containerLocator": B, "containerType": "invoice", "amount": 5}],
        "retryPlanName": "Slow",
    }


def test_a_put_replaces_everything(socotra):
    draft = socotra.create(100, A, data={"errorCode": "1"}, retryPlanName="Slow", currency="JPY")

    put = socotra.on(
        draft, "update_payment_overwrite_data", body={"type": "StandardPayment", "amount": 7}
    )

    assert put == {
        **{key: draft[key] for key in draft if key not in ("retryPlanName", "accountLocator")},
        "amount": 7,
        "currency": "USD",
        "data": {},
        "targets": [],
    }


def test_a_type_may_extend_another(socotra_with):
    socotra = socotra_with("""
  config:
    socotra:
      paymentTypes:
        Base: { abstract: true, data: { receipt: { type: int }, paid: { type: "decimal?" } } }
        Card: { extend: Base, data: { approved: { type: boolean } } }
""")

    failed = socotra.valid(1, A, type="Card", data={"receipt": 1.5, "paid": "1", "approved": 1})
    valid = socotra.valid(1, A, type="Card", data={"receipt": 1, "paid": 1.5, "approved": True})

    assert errors_of(failed) == [
        "Property 'card.paid' should be of type decimal",
        "Property 'card.receipt' should be of type int",
        "Property 'card.approved' should be of type boolean",
    ]
    assert valid["paymentState"] == "validated"
    assert socotra.unusable("create_payment", body={"type": "Base", "amount": 1}) == [
        {"field": "type", "reason": "no payment type is called Base"}
    ]
