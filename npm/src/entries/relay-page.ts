// "cryptopay-client/relay/page": the page side.

export { createRelayClient, type RelayClient, type RelayClientOptions, RelayError } from "../relay/page.js";
