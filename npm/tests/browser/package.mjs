// The package as a page has it, with a client whose transport finds nobody.

import * as pkg from "../../dist/web.js";

globalThis.client = () =>
  new pkg.Cryptopay({
    environment: "sandbox",
    apiKey: "k",
    apiSecret: "s",
    callbackSecrets: "c",
    maxRetries: 0,
    dangerouslyAllowBrowser: true,
    fetch: {
      fetch: async () => {
        throw new pkg.FetchFailure("connect", "no", "nobody is there");
      },
    },
  });
globalThis.record = { v: 1, operation: "nothing.at_all", params: {} };
globalThis.pkg = pkg;
