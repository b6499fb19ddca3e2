// Starts a core by itself, without the package around it.

/** The exports of `glue` over this module. */
export function started(glue, module) {
  const { exports } = new WebAssembly.Instance(module, { "./cryptopay_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return glue;
}

/** The fields that an operation's answer is known to have. */
export function fieldsOf(answers, shapes, operation) {
  const model = answers[operation].replace(/^[[<]|[\]>]$/g, "");
  return shapes[model].split(" ").map((field) => field.split(/[!?]/)[0]);
}
