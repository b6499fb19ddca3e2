// "cryptopay-client/relay/page": the page side.

export { createRelayClient, type RelayClient, RelayError } from "../relay/page.js";
