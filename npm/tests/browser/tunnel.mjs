// Serves a page of one script, and carries what its `fetch` sends to another port: byte for byte, connection for connection,
// so that whatever befalls an answer there befalls it in the page.
//
// Two things only are the tunnel's. A page cannot send a `Date`: it comes as `X-Date`. And a browser sends a request again,
// unasked, when a connection that it kept is cut: what was carried once is not carried again.

import * as net from "node:net";
import { build } from "esbuild";
import { raw, requests } from "../support.mjs";

/** The text of a script with everything that it imports. */
export async function bundled(script) {
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
    // The text stands within an element of a page.
    supported: { "inline-script": false },
  });
  return outputFiles[0].text;
}

/** A server of this page, and the way to that port: `{url, close}`. */
export function tunnel(port, script) {
  const page = `<!doctype html><meta charset=utf-8><title>cryptopay-client</title><script type=module>${script}</script>`;
  const head = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${Buffer.byteLength(page)}\r\n\r\n`;
  const carried = new Set();
  return raw((socket) => {
    let onward;
    requests(socket, (asked, body) => {
      if (asked.startsWith("GET / ")) return socket.write(head + page);
      const [, once] = /^x-once: (.*)$/im.exec(asked) ?? [];
      if (once === undefined || carried.has(once)) return socket.destroy();
      carried.add(once);
      onward ??= beside(socket, port);
      onward.write(`${asked.replace(/^x-date:/im, "Date:")}\r\n\r\n${body}`, "latin1");
    });
  });
}

/** A connection whose answers this one gets, and which ends as this one does. */
function beside(socket, port) {
  const onward = net.connect(port, "127.0.0.1");
  onward.pipe(socket);
  onward.on("error", () => socket.resetAndDestroy());
  onward.on("close", () => socket.end());
  socket.on("close", () => onward.destroy());
  return onward;
}
