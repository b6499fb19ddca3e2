// "cryptopay-client/testing": a local Cryptopay for tests of a shop. Starts the sandbox's binary and gives its control API.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { checkHandler } from "../handler.js";
import { type Kind, maybe } from "../names.js";
import type { CryptopayOptions } from "../options.js";

/** How the sandbox is started. */
export interface SandboxOptions {
  /** The binary. Default: `CRYPTOPAY_SANDBOX_BINARY`, else `cryptopay-sandbox` on the path. */
  bin?: string | undefined;
  /** What the sandbox draws its ids and chances from: a whole number, 0 or more. */
  seed?: number | undefined;
  /** Requests per minute; 0: no limit. */
  rateLimit?: number | undefined;
  /** Where callbacks are delivered: a URL that begins with `http://`. Without it they are only recorded. */
  callbackUrl?: string | undefined;
}

/** A fault that the sandbox makes. */
export interface Fault {
  /** What happens: `refuse`, `drop_before_apply`, `apply_then_drop`, `stall_body`, …; the sandbox names all of them when asked for another. */
  kind: string;
  /** To which operation; to any, if absent. */
  operation?: string;
  /** How often, from 0 to 1. Default 1. */
  probability?: number;
  /** How many times at most. */
  times?: number;
  [detail: string]: unknown;
}

/** A running sandbox. */
export interface Sandbox {
  /** Where it listens. */
  readonly url: string;
  /** The key that it accepts. */
  readonly apiKey: string;
  /** The secret of that key. */
  readonly apiSecret: string;
  /** What it signs callbacks with. */
  readonly callbackSecret: string;
  /** What `new Cryptopay(…)` takes. */
  readonly options: Pick<CryptopayOptions, "apiKey" | "apiSecret" | "environment"> & {
    /** What callbacks are signed with. */
    callbackSecrets: string;
  };
  /** A payment arrives. */
  pay(payment: {
    invoice_id?: string;
    channel_id?: string;
    address?: string;
    amount: string;
    risk?: "low" | "medium" | "high" | "cleared";
    confirmations?: number;
    txid?: string;
  }): Promise<unknown>;
  /** Lets time pass, or makes the server's clock wrong. */
  clock(change: { advance_ms?: number; skew_ms?: number }): Promise<unknown>;
  /** Makes these faults from now on, beside those that stand. Only `reset` takes them away. */
  faults(faults: readonly Fault[]): Promise<unknown>;
  /** Sets switches for what the API's documentation leaves open. */
  quirks(quirks: Record<string, unknown>): Promise<unknown>;
  /** The state as just started: no faults, quirks or objects. */
  reset(seed?: number): Promise<unknown>;
  /** Every request that came. */
  journal(): Promise<unknown>;
  /** Every movement of a balance. */
  ledger(): Promise<unknown>;
  /** Every delivery of a callback. */
  callbacks(): Promise<unknown>;
  /** Ends it. */
  stop(): Promise<void>;
}

const TEXT: Kind = maybe([(value) => typeof value === "string", "must be a string"]);
const WHOLE: Kind = maybe([
  (value) => Number.isInteger(value) && (value as number) >= 0,
  "must be a whole number, 0 or more",
]);
const OPTIONS: Readonly<Record<keyof SandboxOptions, Kind>> = {
  bin: TEXT,
  seed: WHOLE,
  rateLimit: WHOLE,
  callbackUrl: TEXT,
};

/**
 * Starts a sandbox on a free port of this machine. It ends with the process, and keeps it running until `stop`.
 * @returns the sandbox, which accepts requests by now
 * @throws ConfigurationError for a setting that does not exist or is of the wrong kind; Error when the binary is not there, or
 * ends at once, with what it said
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  checkHandler(options, OPTIONS);
  const bin = options.bin ?? process.env["CRYPTOPAY_SANDBOX_BINARY"] ?? "cryptopay-sandbox";
  const child = spawn(bin, argumentsOf(options), { stdio: ["pipe", "pipe", "pipe"] });
  const ready = JSON.parse(await firstLine(child, bin)) as Record<
    "url" | "api_key" | "api_secret" | "callback_secret",
    string
  >;
  const { url, api_key: apiKey, api_secret: apiSecret, callback_secret: callbackSecret } = ready;
  return {
    url,
    apiKey,
    apiSecret,
    callbackSecret,
    options: { environment: url, apiKey, apiSecret, callbackSecrets: callbackSecret },
    ...controlOf(url),
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

function argumentsOf(options: SandboxOptions): string[] {
  const args = ["--port", "0", "--exit-on-stdin-close"];
  for (const [flag, value] of [
    ["--seed", options.seed],
    ["--rate-limit", options.rateLimit],
    ["--callback-url", options.callbackUrl],
  ] as const) {
    if (value !== undefined && value !== null) args.push(flag, String(value));
  }
  return args;
}

/** What the sandbox says when it is ready, or why it is not. */
function firstLine(child: ChildProcessWithoutNullStreams, bin: string): Promise<string> {
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  return new Promise((resolve, reject) => {
    child.once("error", (cause) =>
      reject(
        new Error(
          `cannot start ${bin}: set CRYPTOPAY_SANDBOX_BINARY to the sandbox's binary (cargo build -p cryptopay-sandbox)`,
          { cause },
        ),
      ),
    );
    // Not `exit`: what it said has come by now.
    child.once("close", (code) =>
      reject(new Error(`${bin} ended at once with ${code}: ${said.trim() || "it said nothing"}`)),
    );
    createInterface(child.stdout).once("line", resolve);
  });
}

type Control = "pay" | "clock" | "faults" | "quirks" | "reset" | "journal" | "ledger" | "callbacks";

/** The control API of a sandbox at this address. */
function controlOf(url: string): Pick<Sandbox, Control> {
  const control = async (method: string, name: string, body?: unknown) => {
    const init: RequestInit = { method };
    if (body !== undefined)
      Object.assign(init, { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    const response = await fetch(`${url}/_sandbox/${name}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`the sandbox refused ${method} ${name}: ${text}`);
    return text ? JSON.parse(text) : null;
  };
  return {
    pay: (payment) => control("POST", "pay", payment),
    clock: (change) => control("POST", "clock", change),
    faults: (faults) => control("POST", "faults", faults),
    quirks: (quirks) => control("POST", "quirks", quirks),
    reset: (seed) => control("POST", "reset", seed === undefined ? {} : { seed }),
    journal: () => control("GET", "journal"),
    ledger: () => control("GET", "ledger"),
    callbacks: () => control("GET", "callbacks"),
  };
}
