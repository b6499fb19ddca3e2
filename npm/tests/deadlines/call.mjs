// One call to a server that misbehaves, a read or a payout, in Node and in a page alike: how it ended, and after how many ms.

const PAYOUT = {
  address: "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ",
  charged_currency: "EUR",
  received_currency: "BTC",
  received_amount: "0.01",
  force_commit: true,
};

/** `client(settings)` makes the client that calls; `id` is a payout's own. */
export async function call(client, { kind, id, deadline }) {
  const api = client({ timeoutMs: deadline, maxRetries: kind === "read" ? 0 : 3 });
  const began = performance.now();
  const { code, record } = await (kind === "read"
    ? api.rates.all()
    : api.coinWithdrawals.create({ ...PAYOUT, custom_id: id })
  ).then(
    () => ({ code: "success" }),
    (error) => error,
  );
  const took = performance.now() - began;
  api.close();
  return { took, code, sent: kind === "read" ? "-" : record ? "maybe_sent" : "not_sent" };
}
