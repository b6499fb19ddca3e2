// "cryptopay-client/relay": the server side.

export { createRelay, type RelayOptions } from "../relay/server.js";
