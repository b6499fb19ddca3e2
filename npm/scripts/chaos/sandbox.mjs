// What a run asks of the sandbox where its client is: a payment, and time.

/** The sandbox of these settings of a client. */
export function control(options) {
  const url = options.environment;
  const post = async (name, body) => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/_sandbox/${name}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the sandbox refused ${name}: ${text}`);
    return JSON.parse(text);
  };
  return { url, options, pay: (payment) => post("pay", payment), clock: (ms) => post("clock", { advance_ms: ms }) };
}
