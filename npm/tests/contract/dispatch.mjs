// Makes one call of a story through the typed API. Which method a name means is the generated list's to say.

import { causeOf, done, SETTINGS } from "./words.mjs";

/** The call's value, and how it ended in the contract's words. */
export async function dispatch(scene, step) {
  if (step.resolve) {
    const { state, value, reason, retryAt, differing } = await scene.client.resolve(scene.filled(step.resolve));
    const unresolved =
      state === "unknown" ? { cause: causeOf(reason), retry_at_ms: retryAt?.getTime() ?? null, differing } : null;
    return { value, done: { resolved: state, value, unresolved } };
  }
  const [resource, method, path, takes, answer] = scene.operations[step.call ?? step.list];
  const params = { ...scene.filled(step.params ?? {}) };
  const args = path.map((name) => {
    const value = params[name];
    delete params[name];
    return value;
  });
  if (takes) args.push(params);
  else if (Object.keys(params).length)
    throw new Error(`parameters that the method does not take: ${Object.keys(params)}`);
  const options = {};
  for (const [name, value] of Object.entries(step.options ?? {})) {
    if (name === "custom_id") options.generatedCustomId = value.generated;
    else if (name === "quote") options.quote = scene.saved.get(value.slice(1)).value;
    else options[SETTINGS[name]] = scene.filled(value);
  }
  if (step.cancel_after_ms !== undefined) {
    const controller = new AbortController();
    options.signal = controller.signal;
    setTimeout(() => controller.abort("given up"), step.cancel_after_ms);
  }
  const running = scene.client[resource][method](...args, options);
  if (answer === "page") {
    const rows = [];
    if (step.take === undefined) {
      const page = await running;
      return {
        value: page.data,
        done: { ...done(page.response), count: page.data.length, value: page.data, meta: page.meta },
      };
    }
    for await (const row of running) if (rows.push(row) >= step.take) break;
    return { value: rows, done: { count: rows.length, value: rows } };
  }
  const { data, response } = await running.withResponse();
  // A plain await also checks that the object is what its type says.
  if (data !== null) await running;
  return { value: data, done: { ...done(response), value: data, count: Array.isArray(data) ? data.length : null } };
}
