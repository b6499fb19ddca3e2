// Node as the host of a run: the writes are made in this process, and what is unknown is resolved in one that was just started.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as pkg from "../../dist/node.js";
import { made } from "./made.mjs";

/** The package, the transport that it has by itself, and how long an answer is waited for. */
export const KIT = { ...pkg, transport: pkg.defaultFetch, stallMs: [50, 200] };

/** The host of one run. */
export const open = async () => ({
  made: (given) => made(given, KIT),
  async elsewhere(given) {
    const child = spawn(process.execPath, [fileURLToPath(new URL("process.mjs", import.meta.url))], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(JSON.stringify(given));
    let text = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) text += chunk;
    return JSON.parse(text);
  },
  close: async () => undefined,
});

/** Nothing is shared by the runs. */
export const end = async () => undefined;
