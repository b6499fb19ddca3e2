// What every project needs: a way to run commands, and the count of wasm modules in a bundle.

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

/** Runs a command to its end and gives what it printed. */
export const run = (cwd, command, ...args) =>
  execFileSync(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });

/** Fails unless a file or a folder holds exactly one wasm: as .wasm, as hex or as base64. Source maps do not count. */
export function oneWasm(cwd, at) {
  const whole = path.join(cwd, at);
  const files = fs.statSync(whole).isDirectory()
    ? fs.readdirSync(whole, { recursive: true }).map((name) => path.join(whole, name))
    : [whole];
  let found = 0;
  for (const file of files) {
    if (!fs.statSync(file).isFile() || file.endsWith(".map")) continue;
    const bytes = fs.readFileSync(file);
    if (bytes.subarray(0, 4).equals(Buffer.from("\0asm"))) found += 1;
    else found += (bytes.toString("latin1").match(/0061736d01000000|AGFzbQEAAAA/g) ?? []).length;
  }
  if (found !== 1) throw new Error(`the bundle has ${found} wasm`);
}
