// Plays a transcript against the core as the package uses it: through wasm. The format is `tests/README.md`'s.

import { differences } from "./compare.mjs";

const ZEROS = "0".repeat(32);

/** Every line that came out differently; `core` is the wasm's exports. */
export function play(core, transcript) {
  const { base_url: base, ...settings } = transcript.client ?? {};
  const config = { environment: "sandbox", api_key: "key", api_secret: "secret", ...settings };
  if (base) config.environment = base;
  const client = new core.Client(JSON.stringify(config));
  const running = new Map();
  let wall = transcript.wall ?? 0;
  for (const [index, line] of transcript.play.entries()) {
    wall = line.wall ?? wall;
    const name = line.call ?? "a";
    const at = [Math.max(0, line.at + wall), line.at];
    const step = line.start
      ? begin(client, running, name, transcript.calls[name], line, at)
      : advance(running.get(name), line, at);
    const wrong = judge(running.get(name), line, JSON.parse(step));
    if (wrong.length) return [`line ${index + 1}: ${wrong.join("; ")} in ${JSON.stringify(line)}`];
  }
  return [];
}

function begin(client, running, name, asked, { start }, [unix_ms, tick_ms]) {
  const common = { unix_ms, tick_ms, entropy: start.entropy ?? ZEROS, options: asked.options ?? null };
  const resolves = asked.resolve !== undefined;
  let params = asked.params ?? {};
  if (resolves) {
    const [, other] = /^\$(\w+)\./.exec(asked.resolve) ?? [];
    params = other ? running.get(other).record : asked.resolve;
  }
  const text = JSON.stringify({ ...common, params });
  const call = resolves ? client.resolve(text, true) : client.begin(asked.operation, text, true);
  running.set(name, { call, body: new Uint8Array(), record: null });
  return call.step();
}

function advance(state, line, at) {
  const { call } = state;
  if (line.response) {
    const { status, json, text, hex, headers = {} } = line.response;
    state.body =
      hex !== undefined
        ? Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
        : new TextEncoder().encode(json !== undefined ? JSON.stringify(json) : (text ?? ""));
    const lines = Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value]);
    return call.response(...at, status, lines.join("\n"), state.body);
  }
  if (line.failed) return call.failed(...at, line.failed.kind, line.failed.sent, line.failed.detail ?? "");
  if (line.permitted) return call.permitted(...at, line.permitted.wait_ms);
  if (line.permit_failed) return call.permit_failed(...at);
  return line.woken ? call.woken(...at) : call.cancelled(...at, line.cancelled.sent ?? "maybe");
}

function judge(state, line, step) {
  const pending = JSON.parse(state.call.pending() ?? "null");
  // What an event answers: the request that the step before asked for.
  const answered = state.fetch;
  if (step.fetch) {
    spellOut(step.fetch);
    state.fetch = step.fetch;
  }
  if (step.done) {
    const slice = (range) => (range ? JSON.parse(new TextDecoder().decode(state.body.subarray(...range))) : null);
    Object.assign(step.done, { value: slice(step.done.data), meta: slice(step.done.meta) });
  }
  state.record = step.done?.error?.record ?? step.done?.record ?? pending;
  if (line.step && Object.keys(line.step)[0] !== Object.keys(step)[0]) {
    return [`expected ${JSON.stringify(line.step)}, got ${JSON.stringify(step)}`];
  }
  return [
    ...(line.step ? differences(line.step, step) : []),
    ...(line.misuse ? differences({ misuse: line.misuse }, step) : []),
    ...(line.for ? differences(line.for, answered) : []),
    ...(line.pending === undefined ? [] : differences({ pending: line.pending }, { pending })),
    ...(line.seen === undefined ? [] : differences(line.seen, JSON.parse(state.call.seen()))),
  ];
}

/** Adds what a transcript may say of a request: path, route, query, headers by name, body as JSON. */
function spellOut(fetch) {
  const path = `/${fetch.url.split("/").slice(3).join("/")}`;
  const [route, query] = path.split("?");
  Object.assign(fetch, {
    path,
    route,
    query: Object.fromEntries(new URLSearchParams((query ?? "").replaceAll("+", "%2B"))),
    headers: Object.fromEntries(fetch.headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: fetch.body === null ? null : JSON.parse(fetch.body),
  });
}
