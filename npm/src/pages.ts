// Lists. Where one goes on and where it ends is the core's pager's decision; here rows become objects.

import { crossed, freed } from "./broken.js";
import type { Core } from "./core.js";
import type { CoreCall, Ended } from "./drive.js";
import { type ErrorWire, errorOf, invalidArgument } from "./errors.js";
import { type CallInfo, infoOf, parseExact, sliceText, unfit } from "./outcome.js";
import { misfit } from "./shape.js";

/** One page of a list. */
export interface Page<T> {
  /** The rows that no page before had. */
  readonly data: readonly T[];
  /** Whether another page follows. */
  readonly more: boolean;
  /** The id of the last row: what a list is resumed from, as `starting_after`. */
  readonly lastId: string | null;
  /** What the API says of the list beside its rows: `total`, `has_more`. */
  readonly meta: Readonly<Record<string, unknown>> | null;
  /** How the call for this page went. */
  readonly response: CallInfo;
}

/** The pager as the core exports it. */
interface CorePager {
  params(): string | undefined;
  last_id(): string | undefined;
  read(data: string, meta: string | undefined): string;
  free(): void;
}

/** What the pager says of a page: the places of its new rows, and whether another one follows. */
interface Taken {
  rows: [number, number][];
  more: boolean;
  error?: ErrorWire;
}

/** What a list needs of its client. */
export interface PageRunner {
  core(): Promise<Core>;
  /** Runs the call for a page; what it ended with is read before the call is let go. */
  run<T>(params: string, read: (ended: Ended, call: CoreCall) => T): Promise<T>;
}

/** A list: `for await` walks its rows, `await` gives its first page, `.pages()` walks page by page. */
export class Pages<T> implements AsyncIterable<T>, PromiseLike<Page<T>> {
  readonly #operation: string;
  readonly #params: () => string;
  readonly #runner: PageRunner;

  constructor(operation: string, params: () => string, runner: PageRunner) {
    this.#operation = operation;
    this.#params = params;
    this.#runner = runner;
  }

  /** Page by page, as far as it is asked for. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    const core = await this.#runner.core();
    const pager = this.#pager(core);
    try {
      const next = () => crossed(this.#operation, () => pager.params());
      for (let params = next(); params !== undefined; params = next()) {
        yield await this.#runner.run(params, (ended, call) => this.#read(pager, ended, call));
      }
    } finally {
      freed(pager);
    }
  }

  #pager(core: Core): CorePager {
    const params = this.#params();
    try {
      return crossed(this.#operation, () => new core.Pager(this.#operation, params) as CorePager);
    } catch (cause) {
      throw typeof cause === "string" ? invalidArgument(this.#operation, "", cause) : cause;
    }
  }

  #read(pager: CorePager, ended: Ended, call: CoreCall): Page<T> {
    const { done, body } = ended;
    if (done.error) throw errorOf(done.error, ended.cause);
    if (!done.data) throw unfit(call, this.#operation, ended);
    const data = sliceText(body, done.data);
    const meta = done.meta ? sliceText(body, done.meta) : undefined;
    const { rows, more, error } = JSON.parse(crossed(this.#operation, () => pager.read(data, meta))) as Taken;
    if (error) throw errorOf(error);
    let values = parseExact(data) as T[];
    // Only when rows of the page before came again are they taken one by one.
    if (values.length !== rows.length) {
      const bytes = new TextEncoder().encode(data);
      values = rows.map((range) => parseExact(sliceText(bytes, range)) as T);
    }
    const wrong = misfit(this.#operation, values);
    if (wrong) throw unfit(call, this.#operation, ended, wrong);
    return {
      data: values,
      more,
      lastId: pager.last_id() ?? null,
      meta: meta === undefined ? null : (JSON.parse(meta) as Record<string, unknown>),
      response: infoOf(ended),
    };
  }

  /** Row by row over all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.data;
  }

  async #first(): Promise<Page<T>> {
    for await (const page of this.pages()) return page;
    throw new TypeError("a list has a first page");
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a list gives its first page
  then<A = Page<T>, B = never>(
    onValue?: ((value: Page<T>) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#first().then(onValue, onError);
  }
}
