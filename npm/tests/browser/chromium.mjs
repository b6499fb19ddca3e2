// Chromium, without a window.

import { chromium } from "playwright-core";

/** A running Chromium; `CHROMIUM` names another than the system's. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });
