// The clocks, the randomness and the timer that a client uses. Replaceable, so that tests need not wait.

import type { Attempt } from "./fetch/types.js";

/** Two clocks in whole milliseconds: the wall's, only written into headers, and one that never goes back. */
export interface Moment {
  /** The wall's clock: milliseconds since 1970. */
  unixMs: number;
  /** The clock that never goes back, from any beginning. */
  tickMs: number;
}

/** What a client needs of time. Attempts are always limited in real time; `now` must include what they took. */
export interface Time {
  /** Both clocks now. */
  now(): Moment;
  /** 16 fresh random bytes as 32 hex digits. */
  entropy(): string;
  /** Waits this long, or until the wait is ended. */
  sleep(ms: number, wait: Attempt): Promise<void>;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const pool = new Uint8Array(2048);
let used = pool.length;

/** The machine's own. */
export const systemTime: Time = {
  now: () => ({ unixMs: Date.now(), tickMs: Math.floor(performance.now()) }),

  entropy() {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    let digits = "";
    for (const end = used + 16; used < end; used += 1) {
      digits += HEX[pool[used] as number];
      pool[used] = 0;
    }
    return digits;
  },

  sleep: (ms, wait) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, 0x7fffffff));
      wait.onEnd(() => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
