// The story of a payment client in a minute, and a first example: `cargo xtask demo node`.
//
// It starts a local Cryptopay (the sandbox), so it needs no account and no internet. Every chapter checks what it tells: the
// program ends with 0 only if all of it was so. How it is printed is paper.mjs.

import { once } from "node:events";
import { createServer } from "node:http";
import { Cryptopay, OutcomeUnknownError, UnauthenticatedError } from "cryptopay-client";
import { MemoryStore, nodeHandler } from "cryptopay-client/callbacks";
import { startSandbox } from "cryptopay-client/testing";
import { chapter, check, end, so, tell } from "./paper.mjs";

const ADDRESS = "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ";

/** A web server of the shop, which Cryptopay calls back. */
async function shop() {
  const events = [];
  const waiting = [];
  const refused = [];
  let handler = () => undefined;
  const server = createServer((request, response) => handler(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/callbacks`,
    refused,
    /** Handles callbacks with this client's secret. */
    open: (client) => {
      handler = nodeHandler({
        callbacks: client.callbacks,
        store: new MemoryStore(),
        handle: (event) => void (waiting.shift() ?? ((one) => events.push(one)))(event),
        onRefused: (error) => refused.push(error),
      });
    },
    next: () => (events.length ? events.shift() : new Promise((resolve) => waiting.push(resolve))),
    close: () => server.close().closeAllConnections(),
  };
}

await end(async () => {
  const callbacks = await shop();
  const sandbox = await startSandbox({ callbackUrl: callbacks.url });
  // A real program names "sandbox" or "production", or reads everything from its environment: Cryptopay.fromEnv().
  const client = new Cryptopay(sandbox.options);
  callbacks.open(client);
  tell(`a local Cryptopay listens on ${sandbox.url}`);
  try {
    await credentials(client);
    await invoice(client, sandbox, callbacks);
    await payout(client, sandbox);
    await cancelled(client, sandbox);
    await wrongSecret(sandbox);
    await wrongClock(sandbox);
    await rateLimit();
  } finally {
    client.close();
    callbacks.close();
    await sandbox.stop();
  }
});

async function credentials(client) {
  chapter("The credentials are checked");
  const accounts = [];
  for await (const account of client.accounts.list()) accounts.push(account);
  const euros = accounts.find(({ currency }) => currency === "EUR");
  so(`key and secret are right: ${accounts.length} accounts, ${euros.balance} EUR on one of them`);
}

async function invoice(client, sandbox, callbacks) {
  chapter("An invoice is created and paid, and its callback is verified");
  const invoice = await client.invoices.create({
    price_amount: "25.00",
    price_currency: "EUR",
    pay_currency: "BTC",
    custom_id: "order-1001",
  });
  check("the invoice is new", "new", invoice.status);
  so(`invoice ${invoice.id}: ${invoice.pay_amount} BTC for 25.00 EUR, to ${invoice.address}`);

  await sandbox.pay({ invoice_id: invoice.id, amount: "exact" });
  const paid = await client.invoices.retrieve(invoice.id);
  check("the paid invoice is completed", "completed", paid.status);
  so("the customer pays it: the invoice is completed");

  let event = await callbacks.next();
  while (event.status !== "completed") event = await callbacks.next();
  check("the callback is about this invoice", invoice.id, event.id);
  so(`a callback came in over a socket, and its signature fits: ${event.type} ${event.event}`);

  const forged = event.raw.replace("completed", "refunded");
  const signature = client.callbacks.sign(event.raw);
  const answer = await fetch(callbacks.url, {
    method: "POST",
    headers: { "X-Cryptopay-Signature": signature },
    body: forged,
  });
  check("the forged callback is refused", 400, answer.status);
  check("the shop was told why", "invalid_signature", callbacks.refused.at(-1)?.code);
  so(`one that was changed on the way is refused: ${callbacks.refused.at(-1).message}`);
}

async function payout(client, sandbox) {
  chapter("A payout whose answer is lost is found again, not sent twice");
  await sandbox.faults([{ operation: "coin_withdrawals.create", kind: "apply_then_drop", times: 1 }]);
  tell("the connection will break after the payout was made and before its answer is sent");
  const { data: payout, response } = await client.coinWithdrawals
    .create({
      address: ADDRESS,
      charged_currency: "EUR",
      received_currency: "BTC",
      received_amount: "0.01",
      custom_id: "payout-2001",
      force_commit: true,
    })
    .withResponse();
  check("the payout is marked as recovered", true, response.recovered);
  check("the payout was sent once", 1, response.attempts);
  so(`the client read before it would repeat, and found it: payout ${payout.id} is ${payout.status}`);

  for (const { operation, status, fault } of await sandbox.journal())
    if (operation?.startsWith("coin_withdrawals")) tell(`  the server saw ${operation.padEnd(39)} ${status ?? fault}`);
  const ledger = await sandbox.ledger();
  const made = ledger.withdrawals.filter((one) => one.custom_id === "payout-2001" && one.committed);
  check("the ledger shows the payout once", 1, made.length);
  check("the ledger is balanced", true, ledger.balanced);
  so("the ledger shows it once, and every account balances");
}

async function cancelled(client, sandbox) {
  chapter("A payout that is cancelled half way is resolved later");
  await sandbox.faults([{ operation: "coin_withdrawals.create", kind: "stall_headers", times: 1 }]);
  const signal = AbortSignal.timeout(100);
  const params = {
    address: ADDRESS,
    charged_currency: "EUR",
    received_currency: "BTC",
    received_amount: "0.02",
    custom_id: "payout-2002",
    force_commit: true,
  };
  const error = await client.coinWithdrawals.create(params, { signal }).then(
    () => undefined,
    (error) => error,
  );
  check("the error says what is not known", true, error instanceof OutcomeUnknownError);
  so(`the caller gave up after 100 ms: ${error.code}, with a record that can be stored`);

  // Another process, another day.
  const record = JSON.parse(JSON.stringify(error.record));
  const found = await new Cryptopay(sandbox.options).resolve(record);
  const made = (await sandbox.ledger()).withdrawals.filter(({ custom_id: id }) => id === "payout-2002");
  check("what was found is what the ledger says", made.length === 1 ? "applied" : "unknown", found.state);
  so(`resolve reads what became of it, and never writes: ${found.state}`);
}

async function wrongSecret(sandbox) {
  chapter("A wrong secret: the 401 explains itself");
  const client = new Cryptopay({ ...sandbox.options, apiSecret: "not-the-secret-of-this-key" });
  const error = await client.accounts.list().then(
    () => undefined,
    (error) => error,
  );
  check("the error says so", true, error instanceof UnauthenticatedError);
  const { stringToSign, clockDifferenceMs, likely } = error.signed;
  check("what was signed ends with the path", "/api/accounts", stringToSign.split("\n").at(-1));
  check("the clocks agree", true, Math.abs(clockDifferenceMs) < 5_000);
  check("the secret is blamed", true, likely.includes("secret"));
  so(`signed was ${JSON.stringify(stringToSign)}`);
  so(`likely: ${likely}`);
}

async function wrongClock(sandbox) {
  chapter("A clock that is an hour off heals itself");
  await sandbox.clock({ skew_ms: 3_600_000 });
  const client = new Cryptopay(sandbox.options);
  const attempts = async () => (await client.rates.retrieve("BTC", "EUR").withResponse()).response.attempts;
  check("the request was repeated once", 2, await attempts());
  so("the first request got a 401; the client took the server's time from it, and the second went through");
  check("the next call needs one request", 1, await attempts());
  so("the next call needed no second request");
  client.close();
}

async function rateLimit() {
  chapter("The limit of 200 requests a minute is met without a 429");
  const sandbox = await startSandbox();
  let heldBack = 0;
  const began = performance.now();
  // Time can be replaced: here a wait turns the sandbox's clock, so that nobody has to wait.
  const now = () => {
    const tickMs = Math.floor(performance.now() - began) + heldBack;
    return { unixMs: Math.floor(performance.timeOrigin + began) + tickMs, tickMs };
  };
  const entropy = () => crypto.randomUUID().replaceAll("-", "");
  const sleep = async (ms) => {
    heldBack += ms;
    await sandbox.clock({ advance_ms: ms });
  };
  const client = new Cryptopay({ ...sandbox.options, time: { now, entropy, sleep } });
  try {
    for (let call = 0; call < 500; call += 1) await client.rates.retrieve("BTC", "EUR");
    const answered = (await sandbox.journal()).map(({ status }) => status);
    check("every request was answered", 500, answered.filter((status) => status === 200).length);
    check("none of them was one too many", 0, answered.filter((status) => status === 429).length);
    check("the client waited for that", true, heldBack > 60_000);
    const seconds = Math.floor(heldBack / 1000);
    so(
      `500 calls, one after another: 500 answers, no 429; the client held back for ${seconds} s (on a clock that can be turned)`,
    );
  } finally {
    client.close();
    await sandbox.stop();
  }
}
