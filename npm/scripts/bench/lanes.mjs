// What a call costs with so many of them on their way at once: CPU time of this process, all threads, by call.

/** Runs `calls` calls in `lanes` lanes; µs of CPU and of the clock for each. */
export async function cost(call, lanes, calls) {
  let left = calls;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  const [before, began] = [process.cpuUsage(), performance.now()];
  await Promise.all(Array.from({ length: lanes }, lane));
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / calls, clock: ((performance.now() - began) * 1000) / calls };
}

export const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

/** Each of `calls` in turn, round after round, so that a busy machine disturbs all alike; their CPU by round. */
export async function rounds(calls, lanes, { times, perRound }) {
  const cpu = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
  for (let round = -1; round < times; round += 1)
    for (const [name, call] of Object.entries(calls)) {
      const { cpu: cost_ } = await cost(call, lanes, perRound);
      // The first round only makes it warm.
      if (round >= 0) cpu[name].push(cost_);
    }
  return cpu;
}
