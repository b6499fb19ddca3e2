// The entry without wasm inside: `ready(bytes or module)` comes first.

export const wasm = (): undefined => undefined;
export { transport } from "./web-transport.js";
