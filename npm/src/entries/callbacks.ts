// "cryptopay-client/callbacks": receiving callbacks in every framework.

export { type FastifyLike, fastifyCallbacks } from "../callbacks/fastify.js";
export { type LambdaEvent, lambdaHandler } from "../callbacks/lambda.js";
export { type IncomingLike, nodeHandler, nodeHandler as expressHandler, type OutgoingLike } from "../callbacks/node.js";
export { type Received, type ReceiveOptions, receive } from "../callbacks/receive.js";
export { type CallbackStore, type Claim, MemoryStore } from "../callbacks/store.js";
export { webHandler } from "../callbacks/web.js";
