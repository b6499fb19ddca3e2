// What the handlers of callbacks and of the relay are made with is checked when they are made: at the first request it would
// be a customer's.

import { read } from "./arguments.js";
import { configuration } from "./errors.js";
import { checkNames, type Kind, type Refuse } from "./names.js";

const refuse: Refuse = (path, message) => configuration(`${path}: ${message}`);

/**
 * Refuses what is no object of these settings.
 * @throws ConfigurationError that names the setting and says what to do
 */
export function checkHandler(given: unknown, kinds: Readonly<Record<string, Kind>>): void {
  if (typeof given !== "object" || given === null) throw configuration("pass the settings as an object");
  read("settings", refuse, () => checkNames("setting", given, kinds, refuse));
}
