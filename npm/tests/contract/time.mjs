// Time for stories: it runs with the real one and jumps over waits, on both sides.

/** Time that runs with the real one and jumps over waits, on both sides. */
export function virtualTime(advance, quiet) {
  const wall = Date.now();
  const began = performance.now();
  let jumped = 0;
  let drawn = 0n;
  let turn = Promise.resolve();
  const now = () => {
    const tickMs = Math.floor(performance.now() - began) + jumped;
    return { unixMs: wall + tickMs, tickMs };
  };
  // Of two who wait at once, the later only jumps over what is left.
  const pass = (ms) => {
    const until = now().tickMs + ms;
    turn = turn.then(async () => {
      // Answers that are on their way arrive before time jumps.
      await quiet();
      const left = until - now().tickMs;
      if (left <= 0) return;
      jumped += left;
      await advance(left);
    });
    return turn;
  };
  const entropy = () => {
    drawn += 1n;
    return BigInt.asUintN(128, drawn * 0x9e3779b97f4a7c15f39cc0605cedc835n)
      .toString(16)
      .padStart(32, "0");
  };
  return { now, entropy, sleep: pass, pass };
}
