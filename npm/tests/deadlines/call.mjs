// One call to a server that misbehaves, a read or a payout, in Node and in a page alike: how it ended, and after how many ms.

/** A read may take this long, and a payout long enough for its send and its looks. */
export const DEADLINE_MS = { read: 1000, payout: 2000 };
const PAYOUT = {
  address: "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ",
  charged_currency: "EUR",
  received_currency: "BTC",
  received_amount: "0.01",
  force_commit: true,
  custom_id: "p-1",
};

/** `client(settings)` makes the client that calls. */
export async function call(client, kind) {
  const api = client({ timeoutMs: DEADLINE_MS[kind], maxRetries: kind === "read" ? 0 : 3 });
  const began = performance.now();
  const { code, record } = await (kind === "read" ? api.rates.all() : api.coinWithdrawals.create(PAYOUT)).then(
    () => ({ code: "success" }),
    (error) => error,
  );
  const took = performance.now() - began;
  api.close();
  return { took, code, sent: kind === "read" ? "-" : record ? "maybe_sent" : "not_sent" };
}
