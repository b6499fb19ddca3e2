// Makes one call after another for one write and remembers what happened: what was sent, what came, what was waited for.

import { OPERATIONS } from "../../dist/test/operations.js";

/** One call in so many is cancelled. */
const CANCELLED_ONE_IN = 20;
/** How soon, in real ms at most. */
const CANCELLED_WITHIN_MS = 12;
/** The words of a text of which an id may be one. */
const wordsOf = (text) => new Set(text.split(/[^\w-]+/));
/** The ids that stand in parameters or in a record. */
const idsOf = (value) =>
  Object.entries(value ?? {}).flatMap(([name, inner]) => {
    if (typeof inner === "object") return idsOf(inner);
    return /(^|_)id$/.test(name) ? [String(inner)] : [];
  });

/** One client with its clock. What a call told is `{told, …}` with one of success, refused, exists, unknown. */
export class Caller {
  /** What is running: the log of its write, and the ids that it is about. */
  #running = new Set();

  constructor({ sandbox, time, random, kit }) {
    Object.assign(this, { sandbox, time, random, kit });
    const fetch = this.#watched(kit.transport(), sandbox.url);
    this.client = new kit.Cryptopay({ ...sandbox.options, time, fetch });
    this.client.on("sleep", ({ waitMs: ms, detail, customId: id }) =>
      this.#noteAbout(id ?? "", `  waits ${ms} ms: ${detail}`),
    );
  }

  note(log, line) {
    log.push([this.time.now().tickMs, line]);
  }

  /** Notes it for the write whose id stands in this text; where none does, for everyone who is running. */
  #noteAbout(text, line) {
    const words = wordsOf(text);
    const all = [...this.#running];
    const about = all.filter(({ ids }) => ids.some((id) => words.has(id)));
    for (const { log } of about.length > 0 ? about : all) this.note(log, line);
  }

  /** Calls an operation with flat parameters. */
  async call(log, operation, params, options = {}) {
    this.note(log, `${operation} ${JSON.stringify(params)}`);
    const [resource, method, path, takes] = OPERATIONS[operation];
    const rest = { ...params };
    const args = path.map((name) => {
      const value = rest[name];
      delete rest[name];
      return value;
    });
    if (takes) args.push(rest);
    const { CryptopayError } = this.kit;
    const told = await this.#patiently(log, idsOf(params), (signal) =>
      this.client[resource]
        [method](...args, { ...options, signal })
        .withResponse()
        .then(({ data, response: { accepted, record, recovered } }) =>
          accepted ? { told: "unknown", record } : { told: "success", object: data, recovered },
        ),
    ).catch((error) => {
      if (!(error instanceof CryptopayError)) throw error;
      return ["outcome_unknown", "parameter_mismatch"].includes(error.code)
        ? { told: "unknown", record: error.record ?? null }
        : { told: "refused", code: error.code };
    });
    this.note(log, `  ends with ${[told.told, told.code, told.recovered && "recovered"].filter(Boolean).join(", ")}`);
    return told;
  }

  /**
   * Resolves a record, which has been through a database in between. The state is applied, not_applied or unknown; the id is that
   * of the object that was found, if any.
   */
  async resolve(log, record) {
    const kept = JSON.stringify(record);
    this.note(log, `resolve ${kept}`);
    const resolve = (signal) => this.client.resolve(JSON.parse(kept), { signal });
    const found = await this.#patiently(log, idsOf(record), resolve).catch((error) => {
      if (!(error instanceof this.kit.CryptopayError)) throw error;
      return { state: "unknown" };
    });
    this.note(log, `  ends with ${found.state}`);
    return { state: found.state, id: found.value?.id };
  }

  /** Runs a call to its end, or to where its caller gives up. */
  async #patiently(log, ids, call) {
    const running = { log, ids };
    this.#running.add(running);
    const controller = new AbortController();
    const within = this.random.onceIn(CANCELLED_ONE_IN) ? this.random.between(0, CANCELLED_WITHIN_MS) : undefined;
    const timer = within === undefined ? undefined : setTimeout(() => controller.abort("given up"), within);
    try {
      return await call(controller.signal);
    } finally {
      this.#running.delete(running);
      clearTimeout(timer);
    }
  }

  /** The transport, with everything that goes over it noted, and with little patience for what stalls. */
  #watched(inner, base) {
    return {
      close: () => inner.close?.(),
      fetch: async (request, attempt) => {
        const about = `${request.url} ${request.body ?? ""}`;
        const note = (line) => this.#noteAbout(about, line);
        note(`  ${request.purpose.padEnd(6)} ${request.method} ${request.url.slice(base.length)}`);
        const timer = setTimeout(() => attempt.end("timeout"), this.random.between(...this.kit.stallMs));
        try {
          const answer = await inner.fetch(request, attempt);
          note(`         → ${answer.status}`);
          return answer;
        } catch (failure) {
          note(`         → ${failure.kind}, ${failure.sent === "no" ? "not" : "maybe"} sent: ${failure.message}`);
          throw failure;
        } finally {
          clearTimeout(timer);
        }
      },
    };
  }
}
