// The server that all peers talk to, in a process of its own: it reads a request whole and answers an invoice. Prints its
// port, and ends with its parent.

import * as http from "node:http";
import { answered } from "../../tests/support.mjs";

const body = JSON.stringify({ data: answered() });
const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
const server = http.createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, headers).end(body));
});
// Nobody's connections are closed while others are measured.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit());
