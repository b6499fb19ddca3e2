// Installs the packed tarball into empty projects, as users have them, and lets each make a signed call to a sandbox and
// verify a callback. Needs CRYPTOPAY_SANDBOX_BINARY and a built `npm/dist`; `node run.mjs [servers | pages | project…]`.

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { frameworks } from "./frameworks.mjs";
import { next } from "./next.mjs";
import { pages } from "./pages.mjs";
import { run } from "./project.mjs";
import { servers } from "./servers.mjs";

const npm = fileURLToPath(new URL("../../../npm/", import.meta.url));
const work = fs.mkdtempSync(path.join(os.tmpdir(), "cryptopay-client-"));
const tarball = path.join(work, JSON.parse(run(npm, "npm", "pack", "--json", "--pack-destination", work))[0].filename);
const groups = { servers: Object.keys({ ...servers, ...frameworks, ...next }), pages: Object.keys(pages) };
const asked = process.argv.slice(2);
const wanted = (asked.length ? asked : ["servers"]).flatMap((name) => groups[name] ?? [name]);
const projects = { ...servers, ...frameworks, ...next, ...pages };
let failed = 0;
for (const name of wanted) {
  const { dev = [], files, go } = projects[name];
  const cwd = path.join(work, name);
  fs.mkdirSync(cwd);
  fs.writeFileSync(path.join(cwd, "package.json"), '{ "private": true }');
  for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(cwd, file), text);
  try {
    run(cwd, "npm", "install", "--no-audit", "--no-fund", "--silent", tarball, ...dev);
    const told = (await go(cwd)).trim();
    if (told !== "paid by the book") throw new Error(told);
    console.log(`${name}: ok`);
  } catch (error) {
    failed += 1;
    console.log(`${name}: ${error.stdout || error.message}`);
  }
}
fs.rmSync(work, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;
