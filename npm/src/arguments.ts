// Arguments as JSON text. They are checked by type first, because JSON.stringify turns NaN into null and drops functions
// without a word; what they mean is checked by the core.

import { invalidArgument } from "./errors.js";

const LONE = /\p{Surrogate}/u;

/** The JSON of these arguments. */
export function argumentText(operation: string, value: unknown): string {
  return JSON.stringify(checked(operation, "", value, 32));
}

function checked(operation: string, path: string, given: unknown, depth: number): unknown {
  const refuse = (message: string) => invalidArgument(operation, path, message);
  const value = hasToJson(given) ? given.toJSON() : given;
  switch (typeof value) {
    case "string":
      if (!LONE.test(value)) return value;
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
