// Callbacks in Express: the handler of node:http, mounted before any body parser, or behind `express.raw`.

export { nodeHandler as expressHandler } from "./node.js";
