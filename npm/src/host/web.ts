// The entry for bundlers, pages and everything else that has the Web's standards.

import { HEX } from "../../wasm/hex.js";

export function wasm(): BufferSource {
  const standard = (Uint8Array as { fromHex?: (text: string) => Uint8Array<ArrayBuffer> }).fromHex;
  if (standard) return standard.call(Uint8Array, HEX);
  const bytes = new Uint8Array(HEX.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Number.parseInt(HEX.substr(at * 2, 2), 16);
  return bytes;
}

export { transport } from "./web-transport.js";
