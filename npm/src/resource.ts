// What the generated resources stand on: a way to run a call and a way to walk a list.

import type { CallPromise } from "./call.js";
import type { AnyOptions } from "./options.js";
import type { Pages } from "./pages.js";

/** How a client runs operations. */
export interface Runner {
  call<T>(operation: string, params: object, options?: AnyOptions): CallPromise<T>;
  pages<T>(operation: string, params: object, options?: AnyOptions): Pages<T>;
}

/** A group of operations. */
export class Resource {
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** Runs an operation. */
  protected call<T>(operation: string, params: object, options?: AnyOptions): CallPromise<T> {
    return this.#runner.call(operation, params, options);
  }

  /** Walks a list. */
  protected pages<T>(operation: string, params: object, options?: AnyOptions): Pages<T> {
    return this.#runner.pages(operation, params, options);
  }
}
