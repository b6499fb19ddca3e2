// The entry for workerd, which compiles no bytes at run time: the module comes with the deployment.

import module from "./cryptopay.wasm";

export const wasm = (): WebAssembly.Module => module;
export { transport } from "./web-transport.js";
