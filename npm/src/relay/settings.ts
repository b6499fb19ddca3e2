// What a relay is made with, refused when it is made and not at a visitor's request.

import { configuration } from "../errors.js";
import { OPERATIONS } from "../generated/operations.js";
import { checkHandler } from "../handler.js";
import { A_FUNCTION, callable, type Kind, maybe, noSuch } from "../names.js";
import type { RelayOptions } from "./server.js";

const listed = (value: unknown) => Array.isArray(value) && value.length > 0;

const OPTIONS: Readonly<Record<keyof RelayOptions, Kind>> = {
  client: [(value) => typeof value === "object" && value !== null, "is missing, pass a client: new Cryptopay({ … })"],
  allow: [listed, 'must be a list of the operations that pages may run, such as ["invoices.create"]'],
  authorize: [A_FUNCTION[0], "is not a function, pass the one that says whether a visitor may run an operation"],
  origins: [listed, 'must be a list of the origins that may ask, such as ["https://shop.example"]'],
  visitor: maybe(A_FUNCTION),
  limit: maybe([(value) => Number.isInteger(value) && (value as number) > 0, "must be a whole number, 1 or more"]),
  onRefused: maybe(A_FUNCTION),
  now: maybe(A_FUNCTION),
};

/** Refuses settings with which no page could ever be answered, or not as they are meant. */
export function checkRelay(options: RelayOptions): void {
  checkHandler(options, OPTIONS);
  const { client, allow, origins } = options;
  for (const name of allow) {
    const row = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (!row) throw configuration(`allow: ${noSuch("operation", String(name), Object.keys(OPERATIONS))}`);
    const [resource, method] = row;
    const runs = (client[resource] as unknown as Record<string, unknown> | undefined)?.[method];
    if (!callable(runs)) throw configuration(`client: cannot run ${name}, pass a client: new Cryptopay({ … })`);
  }
  for (const origin of origins) {
    const right = asSent(origin);
    if (right === origin) continue;
    const written = right ? `, write it as browsers send it: ${right}` : ', write one such as "https://shop.example"';
    throw configuration(
      `origins: ${typeof origin === "string" ? `"${origin}"` : typeof origin} is not an origin${written}`,
    );
  }
}

// The origin of an app, `capacitor://localhost`, is sent as it stands.
const OF_AN_APP = /^(?!https?:)[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/;

/** An origin as browsers send it; nothing, where the text has none. */
function asSent(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  if (OF_AN_APP.test(text)) return text;
  try {
    const { origin } = new URL(text);
    return origin === "null" ? undefined : origin;
  } catch {
    return undefined;
  }
}
