// Time for many calls at once that nobody has to wait for: when every one of them sleeps, the sandbox's clock is moved to
// the first that is to wake, and the client's with it. Only sockets take real time.

/** Runs it once what came in has been dealt with. A page has timers only, which grow slow, and messages. */
const soon =
  globalThis.setImmediate ??
  ((run) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      run();
    };
    port2.postMessage(null);
  });

export class FastTime {
  #advance;
  #random;
  #wall = Date.now();
  #began = performance.now();
  #passedMs = 0;
  /** How many of those who share this time do not sleep. */
  #awake = 0;
  #sleepers = new Set();
  #moving = false;
  #failed;

  /** Settles only when time cannot go on, with why. */
  broken = new Promise((_, reject) => {
    this.#failed = reject;
  });

  /** `advance(ms)` moves the sandbox's clock, which was moved by so much before. */
  constructor(advance, random, passedMs = 0) {
    this.#advance = advance;
    this.#random = random;
    this.#passedMs = passedMs;
    this.broken.catch(() => undefined);
  }

  now() {
    const tickMs = Math.floor(performance.now() - this.#began) + this.#passedMs;
    return { unixMs: this.#wall + tickMs, tickMs };
  }

  /** By how much the clocks were moved so far. */
  get passedMs() {
    return this.#passedMs;
  }

  entropy() {
    const half = () => this.#random.bits().toString(16).padStart(16, "0");
    return half() + half();
  }

  /** One more shares this time; until it leaves, time stands while it does not sleep. */
  enter() {
    this.#awake += 1;
  }

  /** One that entered is done. */
  leave() {
    this.#awake -= 1;
    if (this.#awake === 0 && !this.#moving) soon(() => this.#move());
  }

  sleep(ms, wait) {
    return new Promise((resolve) => {
      const sleeper = { at: this.now().tickMs + ms };
      sleeper.wake = () => {
        if (!this.#sleepers.delete(sleeper)) return;
        this.enter();
        resolve();
      };
      this.#sleepers.add(sleeper);
      wait?.onEnd(sleeper.wake);
      this.leave();
    });
  }

  async #move() {
    if (this.#awake > 0 || this.#moving || this.#sleepers.size === 0) return;
    this.#moving = true;
    try {
      const first = Math.min(...[...this.#sleepers].map(({ at }) => at));
      const step = Math.max(0, first - this.now().tickMs);
      await this.#advance(step);
      this.#passedMs += step;
      const { tickMs } = this.now();
      for (const sleeper of [...this.#sleepers]) if (sleeper.at <= tickMs) sleeper.wake();
    } catch (cause) {
      this.#failed(cause);
    } finally {
      this.#moving = false;
      if (this.#awake === 0) soon(() => this.#move());
    }
  }
}
