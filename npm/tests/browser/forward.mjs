// Hands a page's request as data to the sandbox's `/_sandbox/forward`, over a connection of its own, and says what became
// of it. A page cannot do that by itself: a browser sends again, unasked, when a connection that it kept is cut.

import * as http from "node:http";

/** Answers `{status, headers, body}` or `{failed: {kind, sent, detail}}`; a page that lets go ends the request. */
export function forward(request, response) {
  const to = new URL(request.url, "http://page").searchParams.get("to");
  const done = (answer) => response.headersSent || response.writeHead(200).end(JSON.stringify(answer));
  let connected = false;
  const failed = (detail) =>
    done({ failed: { kind: connected ? "broken" : "connect", sent: connected ? "maybe" : "no", detail } });
  const headers = { "content-type": "application/json" };
  const onward = http.request(`${to}/_sandbox/forward`, { method: "POST", headers, agent: false }, async (answer) => {
    let text = "";
    try {
      for await (const chunk of answer.setEncoding("utf8")) text += chunk;
    } catch (cause) {
      return failed(cause.message);
    }
    done(answer.statusCode === 200 ? JSON.parse(text) : { failed: { kind: "broken", sent: "no", detail: text } });
  });
  onward.on("socket", (socket) => socket.once("connect", () => (connected = true)));
  onward.on("error", (cause) => failed(cause.message));
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}
