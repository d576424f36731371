// Stories, told by clients whose types were made from the served documents.
// `node stories.js STORY ADDRESS TOKEN` prints what the story has come to, as JSON.

import createClient from "openapi-fetch";
import type { paths as Backend } from "./backend.js";
import type { paths as Control } from "./control.js";
import type { paths as Elevate } from "./elevate.js";
import type { paths as Socotra } from "./socotra.js";

const [story = "", address = "", token = ""] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const elevate = createClient<Elevate>({ baseUrl: `${address}/v1`, headers });
const backend = createClient<Backend>({ baseUrl: `${address}/backend/api/v1`, headers });
const socotra = createClient<Socotra>({ baseUrl: address, headers });
const control = createClient<Control>({ baseUrl: `${address}/_sandbox`, headers });

/** What a call answered, or an error that says what it was refused with. */
async function ok<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (data === undefined) {
    throw new Error(`${response.status} of ${response.url}: ${JSON.stringify(error)}`);
  }
  return data;
}

async function advance(by: string) {
  return ok(control.POST("/clock/advance", { body: { by } }));
}

async function refund() {
  const returnURL = "https://example.com/back";
  await ok(elevate.POST("/site-payment-mandates", { body: { siteId: 1, returnURL } }));
  await advance("5 minutes");
  const payment = await ok(
    elevate.POST("/invoice-payments", {
      body: {
        generatedInvoiceId: 1,
        amountInMajorCurrency: 10.5,
        description: "June",
        paymentMethod: "GO_CARDLESS",
      },
    }),
  );
  await advance("7 working days");
  const given = await ok(
    elevate.POST("/refunds", {
      body: { invoiceId: 1, billRunType: "NORMAL", amountInMajorCurrency: 4.25 },
    }),
  );
  await advance("5 working days");
  const query = { page: 1, pageSize: 10, sort: "id" };
  const list = { params: { query: { ...query, generatedInvoiceId: "1" } } };
  const rows = await ok(elevate.GET("/invoice-payments", list));
  const refunds = await ok(elevate.GET("/refunds", { params: { query } }));
  return {
    begins: [payment.thirdPartyPaymentStatus, given.thirdPartyRefundStatus],
    payment: rows.map((row) => row.thirdPartyPaymentStatus),
    refunds: refunds.map((row) => [row.thirdPartyRefundStatus, row.amountInMajorCurrency]),
  };
}

async function customerPayment() {
  const pay = (amountInMajorCurrency: number) =>
    ok(
      elevate.POST("/customer-payments", {
        body: { customerId: 9, amountInMajorCurrency, type: "BACS" },
      }),
    );
  const first = await pay(90);
  const second = await pay(15);
  return [first.resultingCustomerBalance, second.resultingCustomerBalance];
}

async function outboundPayment() {
  const created = await ok(
    elevate.POST("/outbound-payments", {
      body: {
        customerId: 1,
        amountInMajorCurrency: 25,
        reference: "GOODWILL",
        executionDate: "2026-06-10",
        useCustomerCreditBalance: false,
      },
    }),
  );
  const path = { outbound_payment_id: created.id };
  await ok(control.POST("/clock/run-until-idle", {}));
  const executed = await ok(
    elevate.GET("/outbound-payments/{outbound_payment_id}", { params: { path } }),
  );
  return [created, executed].map((payment) => payment.thirdPartyOutboundPaymentStatus);
}

async function lateFailure() {
  const add = (paymentAmount: string, invoiceID: string) =>
    ok(
      backend.POST("/customers/{ID}/payments", {
        params: { path: { ID: "1" } },
        body: { paymentAmount, paymentMethod: "Direct Debit", invoiceID },
      }),
    );
  const reversed = (reversedSince: string) =>
    ok(backend.GET("/payments", { params: { query: { reversedSince } } }));
  const small = await add("99.99", "101");
  await add("100.00", "102");
  await advance("7 working days");
  const before = await reversed("2026-06-01T00:00:00Z");
  const receipt = await advance("1 working day");
  const found = await reversed("2026-06-10T00:00:00Z");
  return {
    begins: small.status,
    before,
    happened: receipt.fired.map((fired) => fired.event),
    found: found.map((payment) => [payment.paymentAmount, payment.paymentReversedDate]),
  };
}

async function reversal() {
  const tenantLocator = "50c07a00-0000-4000-8000-000000000001";
  const invoice = "0000000000NV0000000000000A";
  const draft = await ok(
    socotra.POST("/billing/{tenantLocator}/payments", {
      params: { path: { tenantLocator } },
      body: {
        type: "StandardPayment",
        amount: 100,
        targets: [{ containerLocator: invoice, containerType: "invoice" }],
      },
    }),
  );
  const params = { path: { tenantLocator, locator: draft.locator } };
  const states: string[][] = [];
  const seen = async (payment: typeof draft) => {
    const path = { tenantLocator, locator: invoice };
    const found = await ok(
      socotra.GET("/billing/{tenantLocator}/invoices/{locator}", { params: { path } }),
    );
    states.push([payment.paymentState, found.invoiceState]);
  };
  const at = "/billing/{tenantLocator}/payments/{locator}" as const;
  await seen(draft);
  await seen(await ok(socotra.PATCH(`${at}/validate`, { params })));
  await seen(await ok(socotra.PATCH(`${at}/post`, { params })));
  const body = { reversalType: "Standard" };
  await seen(await ok(socotra.PATCH(`${at}/reverse`, { params, body })));
  return states;
}

const stories: Record<string, () => Promise<unknown>> = {
  refund,
  customerPayment,
  outboundPayment,
  lateFailure,
  reversal,
};
const told = stories[story];
if (!told) {
  throw new Error(`there is no story ${story}, only ${Object.keys(stories).join(", ")}`);
}
console.log(JSON.stringify(await told()));
