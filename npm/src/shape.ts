// Whether an answer is what its type says. Types are gone at run time; without this an answer that does not fit its model
// would surface as `undefined` far from the call. A field that may be missing and does not fit is left out: it must not hide an
// object that a write made.

import { ANSWERS, SHAPES } from "./generated/shapes.js";

type Fits = (value: unknown) => string | undefined;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const AMOUNT = /^-?\d+(\.\d+)?$/;
const is = (what: string, test: (value: never) => boolean): Fits => {
  return (value) => (test(value as never) ? undefined : ` is not ${what}`);
};
const KINDS = new Map<string, Fits>([
  ["s", is("a string", (value) => typeof value === "string")],
  ["u", is("a UUID", (value) => typeof value === "string" && UUID.test(value))],
  ["a", is("an amount", (value) => typeof value === "string" && AMOUNT.test(value))],
  ["b", is("a boolean", (value) => typeof value === "boolean")],
  ["i", is("a whole number", (value) => Number.isInteger(value))],
  ["f", is("a number", (value) => typeof value === "number")],
]);

/** The first place where an operation's answer does not fit its model; what may be missing and does not fit is taken out. */
export function misfit(operation: string, value: unknown): string | undefined {
  const wrong = kind(ANSWERS[operation] ?? "")(value);
  return wrong && `the answer${wrong}`;
}

function kind(name: string): Fits {
  let fits = KINDS.get(name);
  if (!fits) {
    fits = made(name);
    KINDS.set(name, fits);
  }
  return fits;
}

function made(name: string): Fits {
  const inner = name.slice(1, -1);
  if (name.startsWith("[")) {
    const one = kind(inner);
    return (value) =>
      Array.isArray(value) ? first(value, (row, index) => at(`[${index}]`, one(row))) : " is not a list";
  }
  if (name.startsWith("<")) {
    const one = kind(inner);
    return (value) => (plain(value) ? first(Object.entries(value), ([key, of]) => at(`.${key}`, one(of))) : NO_OBJECT);
  }
  const fields = (SHAPES[name] ?? "").split(" ").map((text) => {
    const [, field, mark, of] = /^(\w+)([!?])(.+)$/.exec(text) as unknown as [string, string, string, string];
    return { field, required: mark === "!", of };
  });
  return (value) => {
    if (!plain(value)) return NO_OBJECT;
    for (const { field, required, of } of fields) {
      const inside = value[field];
      const absent = inside === null || inside === undefined;
      const wrong = absent ? (required ? " is missing" : undefined) : kind(of)(inside);
      if (wrong && required) return at(`.${field}`, wrong);
      if (wrong) delete value[field];
    }
    return undefined;
  };
}

const NO_OBJECT = " is not an object";
const at = (place: string, wrong: string | undefined) => wrong && `${place}${wrong}`;
const plain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function first<T>(rows: readonly T[], wrong: (row: T, index: number) => string | undefined): string | undefined {
  for (let index = 0; index < rows.length; index += 1) {
    const found = wrong(rows[index] as T, index);
    if (found) return found;
  }
  return undefined;
}
