// A page's side of the deadlines: the package with the page's own `fetch`, straight to where nobody listens, else by way of the
// page's server; and a worker that tells how late the machine is.

import { Cryptopay, ready, webFetch } from "../../dist/web.js";
import { call } from "../deadlines/call.mjs";
import { through } from "./through.mjs";

/** How many requests have not ended yet. */
let flying = 0;
const counted = (send) => (url, init) => {
  flying += 1;
  return send(url, init).finally(() => {
    flying -= 1;
  });
};
const straight = (url, init) => fetch(url, init);

const probe = ({ environment, direct, asked }) => {
  const keys = { environment, apiKey: "key", apiSecret: "secret", dangerouslyAllowBrowser: true };
  const fetch = webFetch(counted(direct ? straight : through));
  return call((settings) => new Cryptopay({ ...keys, fetch, ...settings }), asked);
};

/** By how many ms a worker wakes late that only sleeps so long. */
const late = (ms) =>
  new Promise((resolve) => {
    const program = `const began = performance.now();
      setTimeout(() => postMessage(performance.now() - began - ${ms}), ${ms});`;
    const worker = new Worker(URL.createObjectURL(new Blob([program])));
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(Math.max(0, data));
    };
  });

await ready();
globalThis.deadlines = { probe, late, flying: () => flying };
