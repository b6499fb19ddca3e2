// A port at which nobody answers: it listens, and this process never accepts. Prints the port and sleeps until it is ended.

import * as fs from "node:fs";
import * as net from "node:net";

const server = net.createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  fs.writeSync(1, `${server.address().port}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
