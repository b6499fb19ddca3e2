// Plays a story against a sandbox of its own through the package's public API, with time that jumps over waits and lets
// the sandbox's time pass too. Which method a name means is the generated list's to say.

import { differences } from "./compare.mjs";

/** Time that runs with the real one and jumps over waits, on both sides. */
export function virtualTime(advance, quiet) {
  const wall = Date.now();
  const began = performance.now();
  let jumped = 0;
  let drawn = 0n;
  let turn = Promise.resolve();
  const now = () => {
    const tickMs = Math.floor(performance.now() - began) + jumped;
    return { unixMs: wall + tickMs, tickMs };
  };
  // Of two who wait at once, the later only jumps over what is left.
  const pass = (ms) => {
    const until = now().tickMs + ms;
    turn = turn.then(async () => {
      // Answers that are on their way arrive before time jumps.
      await quiet();
      const left = until - now().tickMs;
      if (left <= 0) return;
      jumped += left;
      await advance(left);
    });
    return turn;
  };
  const entropy = () => {
    drawn += 1n;
    return BigInt.asUintN(128, drawn * 0x9e3779b97f4a7c15f39cc0605cedc835n)
      .toString(16)
      .padStart(32, "0");
  };
  return { now, entropy, sleep: pass, pass };
}

const SETTINGS = {
  max_retries: "maxRetries",
  deadline_ms: "timeoutMs",
  attempt_timeout_ms: "attemptTimeoutMs",
  rate_limit: "rateLimit",
  max_body: "maxBodyBytes",
  api_key: "apiKey",
  api_secret: "apiSecret",
  if_none_match: "ifNoneMatch",
  if_modified_since: "ifModifiedSince",
};

export class Scene {
  saved = new Map();
  callbacks = 0;

  /** `open(sandboxOptions)` starts a sandbox, `make(clientOptions)` a client. */
  static async open(story, open, make, operations, transport) {
    const { quirks, key, ...options } = story.sandbox ?? {};
    const scene = new Scene();
    scene.operations = operations;
    scene.sandbox = await open({ seed: 7, ...options });
    scene.control = async (asked, body) => {
      const [method, name] = asked.split(" ");
      const init = { method };
      if (body !== null && body !== undefined)
        Object.assign(init, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });
      const answer = await fetch(`${scene.sandbox.url}/_sandbox/${name}`, init);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${asked}: ${text}`);
      return text ? JSON.parse(text) : null;
    };
    if (quirks) await scene.control("POST quirks", quirks);
    if (key) await scene.control("POST key", key);
    let flying = 0;
    const quiet = async () => {
      for (let round = 0; round < 100 && flying > 0; round += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const counted = (inner) => ({
      fetch: (request, attempt) => {
        flying += 1;
        return inner.fetch(request, attempt).finally(() => (flying -= 1));
      },
      close: () => inner.close?.(),
    });
    scene.time = virtualTime((ms) => scene.control("POST clock", { advance_ms: ms }), quiet);
    const settings = Object.entries(story.client ?? {}).map(([name, value]) => [SETTINGS[name] ?? name, value]);
    scene.client = make({
      ...scene.sandbox.options,
      time: scene.time,
      fetch: counted(transport),
      ...Object.fromEntries(settings),
    });
    return scene;
  }

  async play(story) {
    for (const [index, step] of story.do.entries()) {
      try {
        await Promise.all((step.parallel ?? [step]).map((one) => this.step(one)));
      } catch (cause) {
        throw new Error(`step ${index + 1}: ${JSON.stringify(step)}: ${cause.message}`, { cause });
      }
    }
    if (!story.journal) return;
    let wrong = [];
    // The last entries of requests that nobody waits for any more are closed a moment later.
    for (let round = 0; round < 50; round += 1) {
      wrong = this.journal(story.journal, await this.control("GET journal"));
      if (wrong.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`journal: ${wrong.join("\n")}`);
  }

  journal(expected, came) {
    const told = came.map((entry) => [entry.operation ?? null, entry.fault ?? entry.status ?? null]);
    if (!expected.unordered) return differences(expected, told);
    const sorted = (list) =>
      list
        .map((one) => JSON.stringify(one))
        .sort()
        .map((one) => JSON.parse(one));
    return differences(sorted(expected.unordered), sorted(told));
  }

  async step(step) {
    const { value, done } = await this.one(step);
    const expected = this.filled(step.expect ?? null);
    const wrong = expected ? differences(expected, done) : [];
    for (const ending of ["error", "resolved", "cancelled"]) {
      if (((expected?.[ending] ?? null) !== null) !== ((done[ending] ?? null) !== null))
        wrong.push(`it ended with ${JSON.stringify(done)}`);
    }
    if (wrong.length) throw new Error(wrong.join("\n"));
    if (step.save) this.saved.set(step.save, { value, done });
  }

  async one(step) {
    if (step.control) {
      const body = this.filled(step.json ?? null);
      if (step.control.endsWith(" clock") && body?.advance_ms !== undefined) {
        await this.time.pass(body.advance_ms);
        return { value: null, done: {} };
      }
      return { value: await this.control(step.control, body), done: {} };
    }
    if (step.callback) {
      const next = (await this.control("GET callbacks"))[this.callbacks++];
      const event = this.client.callbacks.verify(next.body, next.signature);
      const value = { type: event.type, event: event.event, value: JSON.parse(next.body) };
      return { value, done: value };
    }
    try {
      return await this.call(step);
    } catch (error) {
      if (error.code === undefined) throw error;
      if (step.cancel_after_ms !== undefined && error.cause === "given up") {
        return { value: { record: error.record ?? null }, done: { cancelled: true } };
      }
      const wire = Object.fromEntries(
        Object.entries({ ...error }).map(([name, value]) => [
          name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          value,
        ]),
      );
      const told = {
        ...wire,
        text: error.message,
        cause: error.reason ?? null,
        retry_at_ms: error.retryAt?.getTime() ?? null,
      };
      if (error.signed)
        told.signed = {
          string_to_sign: error.signed.stringToSign,
          clock_difference_ms: error.signed.clockDifferenceMs,
          likely: error.signed.likely,
        };
      return { value: told, done: { error: told } };
    }
  }

  async call(step) {
    if (step.resolve) {
      const found = await this.client.resolve(this.filled(step.resolve));
      const unresolved =
        found.status === "unknown" ? { retry_at_ms: found.retryAt?.getTime(), differing: found.differing } : null;
      return { value: found.object ?? null, done: { resolved: found.status, value: found.object ?? null, unresolved } };
    }
    const [resource, method, path, takes, answer] = this.operations[step.call ?? step.list];
    const params = { ...this.filled(step.params ?? {}) };
    const args = path.map((name) => {
      const value = params[name];
      delete params[name];
      return value;
    });
    if (takes) args.push(params);
    else if (Object.keys(params).length)
      throw new Error(`parameters that the method does not take: ${Object.keys(params)}`);
    const options = {};
    for (const [name, value] of Object.entries(step.options ?? {})) {
      if (name === "custom_id") options.generateCustomId = value.generated;
      else if (name === "quote") options.quote = this.saved.get(value.slice(1)).value;
      else options[SETTINGS[name]] = this.filled(value);
    }
    if (step.cancel_after_ms !== undefined) {
      const controller = new AbortController();
      options.signal = controller.signal;
      setTimeout(() => controller.abort("given up"), step.cancel_after_ms);
    }
    const running = this.client[resource][method](...args, options);
    if (answer === "page") {
      const rows = [];
      if (step.take === undefined) {
        const page = await running;
        return {
          value: page.data,
          done: { ...done(page.response), count: page.data.length, value: page.data, meta: page.meta },
        };
      }
      for await (const row of running) if (rows.push(row) >= step.take) break;
      return { value: rows, done: { count: rows.length, value: rows } };
    }
    const { data, response } = await running.withResponse();
    return { value: data, done: { ...done(response), value: data, count: Array.isArray(data) ? data.length : null } };
  }

  filled(value) {
    if (typeof value === "string" && value.startsWith("$")) {
      const [, name, kind, path] = /^\$(\w+)([.@]?)(.*)$/.exec(value);
      const from = this.saved.get(name)?.[kind === "@" ? "done" : "value"];
      return path
        .split(".")
        .filter(Boolean)
        .reduce((inner, part) => inner?.[part], from);
    }
    if (Array.isArray(value)) return value.map((one) => this.filled(one));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.filled(one)]));
    return value;
  }
}

/** How a call went, in the contract's words. */
function done(info) {
  return {
    status: info.status,
    request_id: info.requestId,
    recovered: info.recovered,
    accepted: info.accepted,
    not_modified: info.notModified,
    unverified: info.unverified.length ? info.unverified : null,
    custom_id: info.customId,
    etag: info.etag,
    last_modified: info.lastModified,
    record: info.record,
    trace: info.trace,
  };
}
