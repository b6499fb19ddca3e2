// Builds dist/ from src/ and from the wasm that `cargo run -p cryptopay-wasm-build` left in wasm/: one file an entry, in
// ESM and CJS, with declarations for both. The wasm is one: as hex text in the entries that carry it, as .wasm beside.

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const wasm = fs.readFileSync("wasm/cryptopay_bg.wasm");
fs.writeFileSync("wasm/hex.js", `export const HEX =\n  "${wasm.toString("hex")}";\n`);
fs.writeFileSync("wasm/hex.d.ts", "export declare const HEX: string;\n");
fs.writeFileSync(
  "wasm/cryptopay_bg.d.ts",
  'export * from "./cryptopay.js";\nexport function __wbg_set_wasm(exports: unknown): void;\n',
);
fs.rmSync("dist", { recursive: true, force: true });
fs.mkdirSync("dist/cjs", { recursive: true });
fs.writeFileSync("dist/cjs/package.json", '{ "type": "commonjs" }\n');
fs.copyFileSync("wasm/cryptopay_bg.wasm", "dist/cryptopay.wasm");

const entries = [
  { out: "node", from: "index", host: "node" },
  { out: "web", from: "index", host: "web" },
  { out: "workerd", from: "index", host: "workerd", formats: ["esm"] },
  { out: "slim", from: "index", host: "slim" },
  { out: "test/operations", from: "generated/operations", formats: ["esm"] },
  { out: "test/shapes", from: "generated/shapes", formats: ["esm"] },
  ...["callbacks", "relay", "relay-page", "testing"].map((out) => ({ out, from: `entries/${out}` })),
];
const host = (name) => ({
  name: "host",
  setup: (to) => to.onResolve({ filter: /^#host$/ }, () => ({ path: path.resolve(`src/host/${name}.ts`) })),
});
// The text of the wasm is put in afterwards: esbuild would break it into lines, and repeat it in every source map.
const MARK = "the wasm as hex";
const marked = {
  name: "wasm",
  setup: (to) => to.onLoad({ filter: /wasm\/hex\.js$/ }, () => ({ contents: `export const HEX = "${MARK}"` })),
};
for (const { out, from, host: name, formats = ["esm", "cjs"] } of entries) {
  if (!fs.existsSync(`src/${from}.ts`)) continue;
  for (const format of formats) {
    const outfile = `dist/${format === "cjs" ? "cjs/" : ""}${out}.js`;
    await build({
      entryPoints: [`src/${from}.ts`],
      outfile,
      bundle: true,
      format,
      platform: name === "node" || out === "testing" ? "node" : "neutral",
      target: "es2022",
      external: ["node:*", "./cryptopay.wasm"],
      minifyWhitespace: true,
      minifySyntax: true,
      // Node prints the whole line that threw when nobody catches an error.
      lineLimit: 160,
      sourcemap: true,
      sourcesContent: true,
      legalComments: "none",
      keepNames: false,
      plugins: name ? [host(name), marked] : [],
    });
    fs.writeFileSync(outfile, fs.readFileSync(outfile, "utf8").replace(MARK, wasm.toString("hex")));
  }
}
const tsc = (outDir) => {
  const ran = spawnSync(
    process.execPath,
    [
      "node_modules/typescript/bin/tsc",
      "-p",
      "tsconfig.json",
      "--noEmit",
      "false",
      "--emitDeclarationOnly",
      "--declaration",
      "--rootDir",
      "src",
      "--outDir",
      outDir,
      "--stripInternal",
    ],
    { stdio: "inherit" },
  );
  if (ran.status !== 0) process.exit(ran.status ?? 1);
};
tsc("dist/types");
fs.cpSync("dist/types", "dist/cjs/types", { recursive: true });
