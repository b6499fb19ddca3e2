// Arguments as JSON text. They are checked by type first, because JSON.stringify turns NaN into null and drops functions
// without a word; what they mean is checked by the core.

import { invalidArgument } from "./errors.js";

const LONE = /\p{Surrogate}/u;
const wellFormed: (text: string) => boolean =
  "isWellFormed" in String.prototype
    ? (text) => (text as string & { isWellFormed(): boolean }).isWellFormed()
    : (text) => !LONE.test(text);

/** The JSON of these arguments. */
export function argumentText(operation: string, value: unknown): string {
  return JSON.stringify(flat(value) ? value : checked(operation, "", value, 32));
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

function checked(operation: string, path: string, given: unknown, depth: number): unknown {
  const refuse = (message: string) => invalidArgument(operation, path, message);
  const value = hasToJson(given) ? given.toJSON() : given;
  switch (typeof value) {
    case "string":
      if (wellFormed(value)) return value;
      throw refuse("has half of a surrogate pair, which is no text");
    case "boolean":
    case "undefined":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw refuse("is no number that JSON can carry");
    case "bigint":
    case "symbol":
    case "function":
      throw refuse(`is a ${typeof value}, which JSON cannot carry`);
    default:
  }
  if (value === null) return null;
  if (depth === 0) throw refuse("is nested too deeply, or contains itself");
  const inside = (key: string) => (path ? `${path}.${key}` : key);
  if (Array.isArray(value)) return value.map((one, index) => checked(operation, inside(String(index)), one, depth - 1));
  const kind = Object.getPrototypeOf(value);
  if (kind !== null && Object.getPrototypeOf(kind) !== null) {
    throw refuse(`is a ${kind.constructor?.name ?? "special object"}, pass a plain object`);
  }
  return Object.fromEntries(
    Object.entries(value as object).map(([key, one]) => [key, checked(operation, inside(key), one, depth - 1)]),
  );
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return typeof value === "object" && typeof (value as { toJSON?: unknown } | null)?.toJSON === "function";
}
