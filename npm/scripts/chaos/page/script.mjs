// The page's side of a run: the package as a page has it, with the page's own `fetch`.

import * as pkg from "../../../dist/web.js";
import { through } from "../../../tests/browser/through.mjs";
import { elsewhere, made } from "../made.mjs";

// A page's answers take longer: they go through more processes, and six at a time.
const kit = { ...pkg, transport: () => pkg.webFetch(through), stallMs: [150, 400] };
await pkg.ready();
globalThis.chaos = { made: (given) => made(given, kit), elsewhere: (given) => elsewhere(given, kit) };
