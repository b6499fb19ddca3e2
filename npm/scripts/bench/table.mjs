// The table: what was measured, its figure, the peer beside it, the budget and whether it is kept. Rows are printed as they
// come, and kept for the table of all languages in the folder that CRYPTOPAY_LEDGER names (`tests/README.md`).

import * as fs from "node:fs";
import * as path from "node:path";

const WIDTHS = [58, 14, 30, 6, 12, 7];
const folder = process.env.CRYPTOPAY_LEDGER;
const kept = folder && path.join(folder, "bench-npm.tsv");

function print(columns) {
  const [what, figure, peer, ratio, budget, verdict] = columns;
  const [first, ...wide] = WIDTHS;
  const cells = [figure, peer, ratio, budget, verdict].map((cell, at) =>
    at < 3 ? cell.padStart(wide[at]) : cell.padEnd(wide[at]),
  );
  console.log([what.padEnd(first), ...cells].join(" | ").trimEnd());
}

function tell(columns) {
  print(columns);
  if (kept) fs.appendFileSync(kept, `${columns.join("\t")}\n`);
}

const shown = (figure, unit) => `${figure.toFixed(figure < 100 ? 2 : 0)} ${unit}`.trimEnd();
const judged = (value, unit, most) =>
  most === undefined ? ["-", "-"] : [`≤ ${most} ${unit}`, value <= most ? "met" : "missed"];

/** Prints the names of the columns. */
export function begin() {
  if (kept) fs.writeFileSync(kept, "");
  print(["what", "figure", "peer", "ratio", "budget", "verdict"]);
}

/** A figure by itself; with `most` it is a budget. */
export function figure(what, value, unit, most) {
  tell([what, shown(value, unit), "-", "-", ...judged(value, unit, most)]);
}

/** A figure and a peer's in the same run; `most` is how many times the peer's it may be. */
export function beside(what, value, unit, [name, peer, ratio = value / peer], most) {
  tell([what, shown(value, unit), `${shown(peer, unit)} ${name}`, ratio.toFixed(2), ...judged(ratio, "×", most)]);
}
