// "cryptopay-client/relay": the server side.

export { ADDRESS_HEADER, nodeRelay, type RelayIncoming, type RelayOutgoing } from "../relay/node.js";
export { createRelay, type RelayOptions } from "../relay/server.js";
