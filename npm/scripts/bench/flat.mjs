// Memory over very many calls, in a process of its own: `node --expose-gc flat.mjs CALLS`. Prints by how many bytes heap and
// wasm have grown, and what the heap holds at its end.

import { CALLS_A_ROUND, grown } from "../../tests/flat.mjs";

const rounds = Math.ceil(Number(process.argv[2]) / CALLS_A_ROUND);
// A twentieth makes it warm: the compiler keeps what it learns, which is no leak.
console.log(JSON.stringify(await grown(Math.ceil(rounds / 20), rounds)));
