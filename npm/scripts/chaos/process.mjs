// Another process, which finds out how writes ended: it is given what `made.mjs` says on its input, and nothing else. Prints
// what `resolve` says of each: the state, and the id of the object that was found.

import { elsewhere } from "./made.mjs";
import { KIT } from "./node.mjs";

let text = "";
for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
console.log(JSON.stringify(await elsewhere(JSON.parse(text), KIT)));
