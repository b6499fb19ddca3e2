// What the contract's runner needs of Node: the files, a wasm as bytes, and the fields that an answer is known to have.

import * as fs from "node:fs";
import * as path from "node:path";

const tests = new URL("../../../tests/", import.meta.url);

/** The files of a folder of the contract, by name. */
export const read = (kind) =>
  fs
    .readdirSync(new URL(`${kind}/`, tests))
    .filter((name) => name.endsWith(".json"))
    .map((name) => [name, JSON.parse(fs.readFileSync(new URL(`${kind}/${name}`, tests), "utf8"))]);

export const CORE = new URL("../../dist/cryptopay.wasm", import.meta.url);
/** Built by `npm run wasm:pure`, with the functions that only vectors ask for. */
export const PURE = new URL("../../wasm/pure/cryptopay_bg.wasm", import.meta.url);

/** Keeps which files passed whole, for the table of all languages, where CRYPTOPAY_LEDGER names a folder. */
export function keep(runtime, passed) {
  const folder = process.env.CRYPTOPAY_LEDGER;
  if (!folder) return;
  const lines = passed.map(([file, cases]) => `${file}\t${cases}\n`).sort();
  fs.writeFileSync(path.join(folder, `${runtime}.tsv`), lines.join(""));
}
