// How names of settings and options are checked, and what is in those that the core is not told. A name that is none is
// refused, not dropped: a misspelt timeout would be no timeout, without a word.

import type { CryptopayError } from "./errors.js";

/** The error that refuses what is at this path. */
export type Refuse = (path: string, message: string) => CryptopayError;

/** What a value must be: the test, and the words for one that fails it. What is left out is asked too. */
export type Kind = readonly [fits: (value: unknown) => boolean, wrong: string];

export const callable = (value: unknown): value is (...given: never[]) => unknown => typeof value === "function";
/** Whether this object has all of these methods. */
export const has = (value: unknown, ...methods: string[]): boolean =>
  typeof value === "object" &&
  value !== null &&
  methods.every((name) => callable((value as Record<string, unknown>)[name]));

/** The same kind, or left out. */
export const maybe = ([fits, wrong]: Kind): Kind => [
  (value) => value === undefined || value === null || fits(value),
  wrong,
];
export const A_FUNCTION: Kind = [callable, "is not a function"];
export const TRUE_OR_FALSE: Kind = [(value) => typeof value === "boolean", "must be true or false"];

/** Refuses what is no plain object of these names: `told` are checked by the core, the others here. */
export function checkNames(
  what: "setting" | "option",
  given: object,
  kinds: Readonly<Record<string, Kind>>,
  refuse: Refuse,
  told: Readonly<Record<string, string>> = {},
): void {
  const special = specialName(given);
  if (special) throw refuse(`${what}s`, `are of the class ${special}, pass a plain object`);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(told, name) || Object.hasOwn(kinds, name)) continue;
    throw refuse(name, noSuch(what, name, [...Object.keys(told), ...Object.keys(kinds)]));
  }
  for (const [name, [fits, wrong]] of Object.entries(kinds)) {
    if (!fits((given as Record<string, unknown>)[name])) throw refuse(name, wrong);
  }
}

/** What an object is that is no plain one: its class. */
export function specialName(value: object): string | undefined {
  const kind = Object.getPrototypeOf(value);
  return kind !== null && Object.getPrototypeOf(kind) !== null
    ? (kind.constructor?.name ?? "special object")
    : undefined;
}

/**
 * The words for a name that does not exist: with the nearest one, or with all of them when none is near. Which one is near is
 * as in the core, which may not be started yet: a third of the name may be wrong.
 */
export function noSuch(what: string, name: string, known: readonly string[]): string {
  const far = [...known].sort().map((other) => [distance(lower(name), lower(other)), other] as const);
  const [steps, nearest] = far.reduce((least, next) => (next[0] < least[0] ? next : least));
  const near = steps <= Math.max(Math.floor([...name].length / 3), 1);
  return `there is no ${what} of this name, ${near ? `the nearest is ${nearest}` : `the known ones are ${known.join(", ")}`}`;
}

const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** How many characters have to be put in, taken out or replaced to make one text of the other (Levenshtein). */
function distance(one: string, other: string): number {
  const letters = [...other];
  let row = Array.from({ length: letters.length + 1 }, (_, cell) => cell);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (const [cell, beside] of letters.entries()) {
      const replaced = (row[cell] as number) + (letter === beside ? 0 : 1);
      next.push(Math.min(replaced, (next[cell] as number) + 1, (row[cell + 1] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}
