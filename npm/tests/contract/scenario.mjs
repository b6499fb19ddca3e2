// Plays a story against a sandbox of its own through the package's public API, with time that jumps over waits and lets
// the sandbox's time pass too. How one call is made is `dispatch.mjs`'s.

import { differences } from "./compare.mjs";
import { dispatch } from "./dispatch.mjs";
import { virtualTime } from "./time.mjs";
import { journalDiffers, SETTINGS, told } from "./words.mjs";

export class Scene {
  saved = new Map();
  callbacks = 0;

  /** A scene of its own; `kit` is `run.mjs`'s. */
  static async open(story, kit) {
    const { quirks, key, ...options } = story.sandbox ?? {};
    const scene = new Scene();
    scene.operations = kit.operations;
    scene.sandbox = await kit.open({ seed: 7, ...options });
    if (quirks) await scene.control("POST quirks", quirks);
    if (key) await scene.control("POST key", key);
    let flying = 0;
    const quiet = async () => {
      for (let round = 0; round < 100 && flying > 0; round += 1) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const inner = kit.transport(scene.sandbox);
    const counted = (request, attempt) => {
      flying += 1;
      return inner.fetch(request, attempt).finally(() => (flying -= 1));
    };
    scene.time = virtualTime((ms) => scene.control("POST clock", { advance_ms: ms }), quiet);
    const settings = Object.entries(story.client ?? {}).map(([name, value]) => [SETTINGS[name] ?? name, value]);
    scene.client = new kit.Cryptopay({
      ...scene.sandbox.options,
      dangerouslyAllowBrowser: true,
      time: scene.time,
      fetch: { fetch: counted, close: () => inner.close?.() },
      ...Object.fromEntries(settings),
    });
    return scene;
  }

  async control(asked, body) {
    const [method, name] = asked.split(" ");
    const init = { method };
    if (body !== null && body !== undefined)
      Object.assign(init, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });
    const answer = await fetch(`${this.sandbox.url}/_sandbox/${name}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${asked}: ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async play(story) {
    for (const [index, step] of story.do.entries()) {
      try {
        const together = Array(step.times ?? 1).fill(step.parallel ?? [step]);
        await Promise.all(together.flat().map((one) => this.step(one)));
      } catch (cause) {
        throw new Error(`step ${index + 1}: ${JSON.stringify(step)}: ${cause.message}`, { cause });
      }
    }
    if (!story.journal) return;
    let wrong = [];
    // The last entries of requests that nobody waits for any more are closed a moment later.
    for (let round = 0; round < 50; round += 1) {
      wrong = journalDiffers(story.journal, await this.control("GET journal"));
      if (wrong.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`journal: ${wrong.join("\n")}`);
  }

  async step(step) {
    const { value, done } = await this.one(step);
    const expected = this.filled(step.expect ?? null);
    const wrong = expected ? differences(expected, done) : [];
    for (const ending of ["error", "resolved", "cancelled"]) {
      if (((expected?.[ending] ?? null) !== null) !== ((done[ending] ?? null) !== null))
        wrong.push(`it ended with ${JSON.stringify(done)}`);
    }
    if (wrong.length) throw new Error(wrong.join("\n"));
    if (step.save) this.saved.set(step.save, { value, done });
  }

  async one(step) {
    if (step.control) {
      const body = this.filled(step.json ?? null);
      if (step.control.endsWith(" clock") && body?.advance_ms !== undefined) {
        await this.time.pass(body.advance_ms);
        return { value: null, done: {} };
      }
      return { value: await this.control(step.control, body), done: {} };
    }
    if (step.callback) {
      const next = (await this.control("GET callbacks"))[this.callbacks++];
      const event = this.client.callbacks.verify(next.body, next.signature);
      const value = { type: event.type, event: event.event, value: JSON.parse(next.body) };
      return { value, done: value };
    }
    try {
      return await dispatch(this, step);
    } catch (error) {
      if (error.code === undefined) throw error;
      if (step.cancel_after_ms !== undefined && error.cause === "given up") {
        return { value: { record: error.record ?? null }, done: { cancelled: true } };
      }
      const wire = told(error);
      return { value: wire, done: { error: wire } };
    }
  }

  filled(value) {
    if (typeof value === "string" && value.startsWith("$")) {
      const [, name, kind, path] = /^\$(\w+)([.@]?)(.*)$/.exec(value);
      const from = this.saved.get(name)?.[kind === "@" ? "done" : "value"];
      return path
        .split(".")
        .filter(Boolean)
        .reduce((inner, part) => inner?.[part], from);
    }
    if (Array.isArray(value)) return value.map((one) => this.filled(one));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.filled(one)]));
    return value;
  }
}
