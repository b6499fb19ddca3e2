// Starts the core: synchronously at first use, in a page also ahead of it and without blocking. What its wasm is and
// where it comes from is the entry's business (`host/`).

import { wasm } from "#host";
import * as glue from "../wasm/cryptopay_bg.js";
import type { CauseWire, ErrorWire, PendingRecord, Trace } from "./errors.js";
import { configuration } from "./errors.js";
import type { WireRequest } from "./fetch/types.js";

/** What a call has to do next. */
export interface Step {
  fetch?: WireRequest;
  sleep?: { ms: number; reason: string };
  permit?: { cost: number; priority: string; frozen_ms: number; timeout_ms: number };
  done?: Done;
  misuse?: { state: string; event: string };
}

/** The end of a call. */
export interface Done {
  status: number;
  request_id: string | null;
  /** Byte ranges of the last body. */
  data: [number, number] | null;
  meta: [number, number] | null;
  recovered: boolean;
  accepted: boolean;
  not_modified: boolean;
  unverified?: string[];
  custom_id: string | null;
  etag: string | null;
  last_modified: string | null;
  record?: PendingRecord | null;
  resolved?: "applied" | "not_applied" | "unknown";
  unresolved?: { cause: CauseWire | null; retry_at_ms: number | null; differing?: string[] };
  trace: Trace;
  error?: ErrorWire;
}

/** Whether this is a page or one of its workers: there a secret must not be, and starting must not block. */
export const IN_PAGE =
  typeof document !== "undefined" || typeof (globalThis as { importScripts?: unknown }).importScripts === "function";

/** The functions of the core, as `bindings-wasm` exports them. What is more than a text comes as JSON. */
export interface Core {
  Client: new (config: string) => object;
  Pager: new (operation: string, params: string) => object;
  response_headers(): string;
  verify_callback(body: Uint8Array, signature: string | undefined, secrets: string): string;
  read_callback(body: Uint8Array): string | undefined;
  sign_callback(body: Uint8Array, secrets: string): string;
  may_follow(kind: string, before: string, after: string): boolean;
}

let core: Core | undefined;
let starting: Promise<Core> | undefined;

/** The core, started now if it was not before. */
export function start(): Core {
  if (core) return core;
  const source = wasm();
  if (!source) throw configuration("the core is not started: await ready(wasm) with this package's .wasm first");
  try {
    return run(source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source));
  } catch (cause) {
    throw refused(cause);
  }
}

/**
 * Starts the core without blocking; needed in pages only, and there before anything synchronous. `source` is for the
 * slim entry: the bytes or the module of this package's .wasm.
 */
export async function ready(source?: object): Promise<void> {
  await startAhead(source);
}

export function startAhead(given?: object): Promise<Core> {
  if (core) return Promise.resolve(core);
  const source = (given as BufferSource | WebAssembly.Module | undefined) ?? wasm();
  starting ??= (async () => {
    try {
      if (!source) return start();
      const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
      return core ?? run(module);
    } catch (cause) {
      starting = undefined;
      throw refused(cause);
    }
  })();
  return starting;
}

/** The core when it may be used at once. */
export const started = (): Core | undefined => (IN_PAGE ? core : start());

function run(module: WebAssembly.Module): Core {
  const { exports } = new WebAssembly.Instance(module, { "./cryptopay_bg.js": glue as never });
  glue.__wbg_set_wasm(exports);
  (exports["__wbindgen_start"] as () => void)();
  core = glue;
  return glue;
}

function refused(cause: unknown): unknown {
  if (
    cause instanceof RangeError ||
    cause instanceof WebAssembly.CompileError ||
    (cause as Error)?.name === "CompileError"
  ) {
    return configuration(
      "the page does not let the core start: await ready() before the first use, and allow 'wasm-unsafe-eval' in the " +
        "script-src of the Content-Security-Policy",
      cause,
    );
  }
  return cause;
}
