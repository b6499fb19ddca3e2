// Firefox, without a window. Nothing drives it: it opens a page, which tells its server what there is to tell.

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const PROGRAM = process.env.FIREFOX ?? "/usr/bin/firefox-esr";

/** Whether there is one. */
export const there = fs.existsSync(PROGRAM);

/** Opens an address in a Firefox with a profile of its own; what comes back ends it. */
export function open(url, failed) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "cryptopay-firefox-"));
  const args = ["--headless", "--no-remote", "--profile", profile, url];
  // A group of its own, because a browser is many processes.
  const child = spawn(PROGRAM, args, { stdio: "ignore", detached: true });
  child.once("error", failed);
  child.once("exit", (code) => failed(new Error(`Firefox ended with ${code}`)));
  return async () => {
    child.removeAllListeners("exit");
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await once(child, "exit");
    }
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}
