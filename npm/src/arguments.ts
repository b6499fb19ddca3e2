// Arguments and settings as JSON text. They are checked by type first, because JSON.stringify turns NaN into null and drops
// functions without a word; what they mean is checked by the core.

import { CryptopayError, invalidArgument } from "./errors.js";
import { type Refuse, specialName } from "./names.js";

const LONE = /\p{Surrogate}/u;
/** Whether a text holds no half of a surrogate pair. */
export const wellFormed: (text: string) => boolean =
  "isWellFormed" in String.prototype
    ? (text) => (text as string & { isWellFormed(): boolean }).isWellFormed()
    : (text) => !LONE.test(text);

/** The JSON of these arguments. */
export function argumentText(operation: string, value: unknown): string {
  const refuse = (path: string, message: string) => invalidArgument(operation, path, message);
  if (value === undefined) throw refuse("params", "is missing, pass an object");
  return textOf(value, refuse);
}

/** The JSON of a value, or the error for the place in it that has none. */
export function textOf(value: unknown, refuse: Refuse): string {
  return read("", refuse, () => JSON.stringify(flat(value) ? value : checked(refuse, "", value, 32)));
}

/** What a getter, a proxy or a `toJSON` of the caller throws is told as an argument that is wrong. */
export function read<T>(path: string, refuse: Refuse, reading: () => T): T {
  try {
    return reading();
  } catch (cause) {
    if (cause instanceof CryptopayError) throw cause;
    throw refuse(path, `cannot be read: ${cause instanceof Error ? cause.message : typeof cause}`);
  }
}

/** Whether this is the usual: a plain object of texts and booleans, which needs no copy. */
function flat(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const name in value) {
    const one = (value as Record<string, unknown>)[name];
    if (!(typeof one === "string" ? wellFormed(one) : typeof one === "boolean")) return false;
  }
  return true;
}

function checked(refuse: Refuse, path: string, given: unknown, depth: number): unknown {
  return read(path, refuse, () => copied(refuse, path, given, depth));
}

function copied(refuse: Refuse, path: string, given: unknown, depth: number): unknown {
  const value = hasToJson(given) ? given.toJSON() : given;
  switch (typeof value) {
    case "string":
      if (wellFormed(value)) return value;
      throw refuse(path, "has half of a surrogate pair, which is not valid text");
    case "boolean":
    case "undefined":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw refuse(path, "is not a number that JSON can carry");
    case "bigint":
    case "symbol":
    case "function":
      throw refuse(path, `is a ${typeof value}, which JSON cannot carry`);
    default:
  }
  if (value === null) return null;
  if (depth === 0) throw refuse(path, "is nested too deeply, or contains itself");
  const inside = (key: string) => (path ? `${path}.${key}` : key);
  if (Array.isArray(value)) {
    return value.map((one, index) => checked(refuse, inside(String(index)), one, depth - 1));
  }
  const special = specialName(value as object);
  if (special) throw refuse(path, `is a ${special}, pass a plain object`);
  return Object.fromEntries(
    Object.keys(value as object).map((key) => {
      if (!wellFormed(key)) throw refuse(path, "has a key with half of a surrogate pair, which is not valid text");
      return [key, checked(refuse, inside(key), (value as Record<string, unknown>)[key], depth - 1)];
    }),
  );
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === "object" && typeof (value as { toJSON?: unknown } | null)?.toJSON === "function";
}
