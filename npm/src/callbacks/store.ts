// Where keys of handled callbacks are kept (B3), so that an event is handled once however often it comes.

/** What a claim found. */
export type Claim = "new" | "in_progress" | "done";

/**
 * Several processes share one; every method is atomic. Completed keys are kept for at least eight days. A row that is only
 * unique, or a key that only expires, is not enough: the repository's `core/docs/callback-store.md` says why, and has one on
 * PostgreSQL.
 */
export interface CallbackStore {
  /** Claims a key for so long. */
  claim(key: string, leaseMs: number): Promise<Claim> | Claim;
  /** The key was handled. */
  complete(key: string): Promise<void> | void;
  /** The handler failed within its lease: the key is free again. A completed key stays completed. */
  release(key: string): Promise<void> | void;
}

const KEEP_MS = 8 * 24 * 3600 * 1000;

/** A store for one process, lost with it. */
export class MemoryStore implements CallbackStore {
  readonly #entries = new Map<string, { done: boolean; until: number }>();
  readonly #now: () => number;
  #sweepAt = 1024;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  claim(key: string, leaseMs: number): Claim {
    const entry = this.#entries.get(key);
    if (entry && this.#now() < entry.until) return entry.done ? "done" : "in_progress";
    this.#put(key, false, leaseMs);
    return "new";
  }

  complete(key: string): void {
    this.#put(key, true, KEEP_MS);
  }

  release(key: string): void {
    if (!this.#entries.get(key)?.done) this.#entries.delete(key);
  }

  #put(key: string, done: boolean, forMs: number): void {
    const now = this.#now();
    if (this.#entries.size >= this.#sweepAt) {
      for (const [old, { until }] of this.#entries) if (until <= now) this.#entries.delete(old);
      this.#sweepAt = Math.max(1024, this.#entries.size * 2);
    }
    this.#entries.set(key, { done, until: now + forMs });
  }
}
