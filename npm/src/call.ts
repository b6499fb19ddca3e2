// What every operation gives back: a promise of its object, with the call behind it for those who want to know more.

import type { PendingRecord } from "./errors.js";
import { type Answered, type CallInfo, infoOf } from "./outcome.js";

/** A call that is running. */
export interface Running {
  readonly answered: Promise<Answered>;
  customId(): string | null;
  pending(): PendingRecord | null;
}

/** An object and how the call for it went; `data` is `null` when there was none (accepted, not modified). */
export interface WithResponse<T> {
  /** The object. */
  data: T | null;
  /** How the call went. */
  response: CallInfo;
}

/**
 * The promise of an operation's object. The call is running already. When it fails and nobody waits for it, that is an
 * unhandled rejection, as with any promise, unless its `customId` or `pending()` was read before: who does that waits later.
 */
export class CallPromise<T> extends Promise<T> {
  #running: Running;
  #object: Promise<T>;

  constructor(running: Running) {
    // The promise itself is never used: `then` asks the call's own, so that nobody has to handle a second rejection.
    super(() => undefined);
    this.#running = running;
    this.#object = running.answered.then(({ refused, value }) => {
      if (refused) throw refused;
      return value as T;
    });
  }

  /** The call, by somebody who will see to how it ends. */
  #held(): Running {
    this.#object.catch(() => undefined);
    return this.#running;
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** The `custom_id` of the call, a generated one too: known before anything is sent, so that it can be stored first. */
  get customId(): string | null {
    return this.#held().customId();
  }

  /** What `client.resolve` takes, from the moment on when the write may have been applied. */
  pending(): PendingRecord | null {
    return this.#held().pending();
  }

  /** The object together with how the call went; the object as it came, even if it is not what its type says. */
  async withResponse(): Promise<WithResponse<T>> {
    const answered = await this.#held().answered;
    if (answered.done.error) throw answered.refused;
    return { data: answered.value as T | null, response: infoOf(answered) };
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has one
  override then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#object.then(onValue, onError);
  }

  override catch<B = never>(onError?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onError);
  }

  override finally(onEnd?: (() => void) | null): Promise<T> {
    return this.then().finally(onEnd);
  }
}
