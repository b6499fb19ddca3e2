// The comparison that every runner of the contract uses: a subset match. Listed keys must match, arrays exactly; `null`
// means absent or null, `"*"` anything that is there, `[lo, hi]` in place of a number a range.

export function differences(expected, actual, path = "") {
  const there = actual !== null && actual !== undefined;
  if (expected === null) return there ? [`${path}: expected nothing, got ${JSON.stringify(actual)}`] : [];
  if (expected === "*" && there) return [];
  if (Array.isArray(expected)) {
    if (typeof actual === "number") {
      const [lo, hi] = expected;
      return expected.length === 2 && lo <= actual && actual <= hi
        ? []
        : [`${path}: ${actual} is not in ${JSON.stringify(expected)}`];
    }
    if (Array.isArray(actual) && actual.length === expected.length) {
      return expected.flatMap((one, index) => differences(one, actual[index], `${path}[${index}]`));
    }
  } else if (typeof expected === "object" && there && typeof actual === "object" && !Array.isArray(actual)) {
    return Object.entries(expected).flatMap(([name, one]) => differences(one, actual[name], `${path}.${name}`));
  } else if (expected === actual) return [];
  return [`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual) ?? "nothing"}`];
}
