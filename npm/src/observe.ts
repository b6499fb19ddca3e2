// What observers are told after every step of every call: enough to log and to count, nothing that must stay secret.

import { invalidArgument } from "./errors.js";
import { tellHook } from "./hook.js";

/** One step of a call. */
export interface Seen {
  /** `invoices.create`. */
  readonly operation: string;
  /** The call's `custom_id`, a generated one included, before the first send. */
  readonly customId: string | null;
  /** What the call does next. */
  readonly step: "fetch" | "sleep" | "permit" | "done";
  /** For `fetch`: what for. For `sleep`: the reason. For `done`: `ok` or the error's code. */
  readonly detail: string;
  /** For `sleep`: how long, in ms. */
  readonly waitMs: number | null;
  /** How often the operation was sent so far. */
  readonly sends: number;
  /** How many rounds of reads looked for what became of it so far. */
  readonly looks: number;
  /** What was read from the response that led here. */
  readonly read: {
    /** The status. */
    readonly status: number;
    /** What the API's support asks for. */
    readonly requestId: string | null;
    /** Server time minus this machine's, in ms; null where the answer had no usable `Date`. */
    readonly clockOffsetMs: number | null;
    /** How many requests the rate limit still allows now; null without a limit of the client's own. */
    readonly placesLeft: number | null;
  } | null;
}

/** The step in this text of the core's. */
export function seen(text: string): Seen {
  const { custom_id: customId, wait_ms: waitMs, read, ...step } = JSON.parse(text);
  return {
    ...step,
    customId,
    waitMs,
    read: read && {
      status: read.status,
      requestId: read.request_id,
      clockOffsetMs: read.clock_offset_ms,
      placesLeft: read.places_left,
    },
  };
}

/** The steps by name; `step` gets all of them. */
export type SeenName = Seen["step"] | "step";
const NAMES: readonly SeenName[] = ["fetch", "sleep", "permit", "done", "step"];

/** The observers of one client. One that throws, at once or later, does not disturb the call: it is told as a warning. */
export class Observers {
  #all: { name: SeenName; tell: (seen: Seen) => void }[] = [];

  /** Adds an observer; what comes back removes it. */
  add(name: SeenName, tell: (seen: Seen) => void): () => void {
    if (!NAMES.includes(name)) throw invalidArgument("on", "name", `must be one of ${NAMES.join(", ")}`);
    if (typeof tell !== "function") throw invalidArgument("on", "tell", "is not a function");
    const observer = { name, tell };
    this.#all.push(observer);
    return () => {
      this.#all = this.#all.filter((one) => one !== observer);
    };
  }

  get any(): boolean {
    return this.#all.length > 0;
  }

  readonly tell = (seen: Seen): void => {
    for (const { name, tell } of this.#all) {
      if (name === "step" || name === seen.step) tellHook(tell, "an observer failed, the call goes on", seen);
    }
  };
}
