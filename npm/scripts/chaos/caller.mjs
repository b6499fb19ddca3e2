// Makes one call after another for one write and remembers what happened: what was sent, what came, what was waited for.

import { AsyncLocalStorage } from "node:async_hooks";
import { Cryptopay, CryptopayError, defaultFetch } from "../../dist/node.js";
import { OPERATIONS } from "../../dist/test/operations.js";

/** One call in so many is cancelled. */
const CANCELLED_ONE_IN = 20;
/** How soon, in real ms at most. */
const CANCELLED_WITHIN_MS = 12;
/** The longest that a stalled answer is waited for, in real ms: drawn between these for every attempt. */
const STALL_MS = [50, 200];

/** The log of the write whose call is running. */
const running = new AsyncLocalStorage();

/** One client with its clock. What a call told is `{told, …}` with one of success, refused, exists, unknown. */
export class Caller {
  constructor({ sandbox, time, random, limited }) {
    Object.assign(this, { sandbox, time, random });
    this.client = new Cryptopay({
      ...sandbox.options,
      time,
      fetch: this.#watched(defaultFetch(), sandbox.url),
      rateLimit: limited ? 195 : 0,
    });
    this.client.on("sleep", ({ wait_ms: ms, detail }) => this.note(running.getStore(), `  waits ${ms} ms: ${detail}`));
  }

  note(log, line) {
    log?.push([this.time.now().tickMs, line]);
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
    const told = await this.#patiently(log, (signal) =>
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

  /** Resolves a record, which has been through a database in between: applied, not_applied or unknown. */
  async resolve(log, record) {
    const kept = JSON.stringify(record);
    this.note(log, `resolve ${kept}`);
    const status = await this.#patiently(log, (signal) => this.client.resolve(JSON.parse(kept), { signal })).then(
      (found) => found.status,
      (error) => {
        if (!(error instanceof CryptopayError)) throw error;
        return "unknown";
      },
    );
    this.note(log, `  ends with ${status}`);
    return status;
  }

  /** Runs a call to its end, or to where its caller gives up. */
  async #patiently(log, call) {
    const controller = new AbortController();
    const within = this.random.onceIn(CANCELLED_ONE_IN) ? this.random.between(0, CANCELLED_WITHIN_MS) : undefined;
    const timer = within === undefined ? undefined : setTimeout(() => controller.abort("given up"), within);
    try {
      return await running.run(log, () => call(controller.signal));
    } finally {
      clearTimeout(timer);
    }
  }

  /** The transport, with everything that goes over it noted, and with little patience for what stalls. */
  #watched(inner, base) {
    return {
      close: () => inner.close?.(),
      fetch: async (request, attempt) => {
        const log = running.getStore();
        this.note(log, `  ${request.purpose.padEnd(6)} ${request.method} ${request.url.slice(base.length)}`);
        const timer = setTimeout(() => attempt.end("timeout"), this.random.between(...STALL_MS));
        try {
          const answer = await inner.fetch(request, attempt);
          this.note(log, `         → ${answer.status}`);
          return answer;
        } catch (failure) {
          this.note(
            log,
            `         → ${failure.kind}, ${failure.sent === "no" ? "not" : "maybe"} sent: ${failure.message}`,
          );
          throw failure;
        } finally {
          clearTimeout(timer);
        }
      },
    };
  }
}
