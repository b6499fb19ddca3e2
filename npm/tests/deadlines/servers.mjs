// Servers that misbehave, each in one way and for every request, in a process of their own: `node servers.mjs PORT`, where
// PORT is the blackhole's, which is filled. Prints their addresses as JSON; the one named `posts` tells how often each write
// has arrived, by server and `custom_id`. What a server holds of a connection it lets go when the client does.

import * as http from "node:http";
import * as net from "node:net";
import { raw, requests } from "../support.mjs";

const LARGE = 100_000_000;
const BLOCK = 500_000;
const STARTED = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"data":';

/** Writes a block again and again, as fast as the client takes it. */
async function flood(socket, head, block) {
  socket.write(head);
  for (let sent = 0; sent < LARGE && !socket.destroyed; sent += BLOCK) {
    if (socket.write(block)) continue;
    await new Promise((resolve) => {
      const go = () => {
        for (const event of ["drain", "close"]) socket.off(event, go);
        resolve();
      };
      for (const event of ["drain", "close"]) socket.on(event, go);
    });
  }
}

function drip(socket) {
  let at = 0;
  const timer = setInterval(() => socket.write(STARTED[at++] ?? " "), 1000);
  socket.on("close", () => clearInterval(timer));
}

const blanks = Buffer.alloc(BLOCK, " ");
const chunk = Buffer.from(`${BLOCK.toString(16)}\r\n${blanks}\r\n`);
/** What each does once a request has come whole. */
const FAULTS = {
  "stall before": () => {},
  "stall in body": (socket) => socket.write(STARTED),
  drip,
  "redirect loop": (socket) => socket.write("HTTP/1.1 302 Found\r\nlocation: /api/coins\r\ncontent-length: 0\r\n\r\n"),
  "100 MB": (socket) => flood(socket, `HTTP/1.1 200 OK\r\ncontent-length: ${LARGE}\r\n\r\n`, blanks),
  "100 MB in chunks": (socket) => flood(socket, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", chunk),
  "chunked garbage": (socket) =>
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n{"data":{}}\r\n-1\r\n'),
  "early close": (socket) => socket.destroy(),
  "reset in body": (socket) => {
    socket.write(STARTED);
    // Long enough for the head to be read, so that it is the body that ends.
    setTimeout(() => socket.resetAndDestroy(), 50);
  },
  // The head and a part of the body, and then no more: what is heard is heard further.
  "half closed": (socket) => socket.end(STARTED),
};

const posts = {};
const urls = { blackhole: `http://127.0.0.1:${process.argv[2]}` };
for (const [name, act] of Object.entries(FAULTS)) {
  posts[name] = {};
  const server = await raw((socket) =>
    requests(socket, (head, body) => {
      if (head.startsWith("POST")) {
        const id = JSON.parse(body).custom_id;
        posts[name][id] = (posts[name][id] ?? 0) + 1;
      }
      act(socket);
    }),
  );
  urls[name] = server.url;
}
const nobody = await raw(() => {});
await nobody.close();
urls.refuse = nobody.url;

const told = http.createServer((_, response) => response.end(JSON.stringify(posts)));
await new Promise((resolve) => told.listen(0, "127.0.0.1", resolve));
urls.posts = `http://127.0.0.1:${told.address().port}`;

// When its queue is full, the system drops what knocks at the blackhole.
const knocks = () =>
  new Promise((resolve) => {
    const socket = net.connect(Number(process.argv[2]), "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    setTimeout(() => resolve(false), 300);
  });
while (await knocks());

console.log(JSON.stringify(urls));
process.stdin.resume().on("end", () => process.exit());
