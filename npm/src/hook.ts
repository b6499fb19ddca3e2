// Functions of the caller that are only told something: what one throws, at once or later, disturbs nothing. Where nobody
// catches what is thrown again, Node ends the process, which may be paying just now; so it is told as a warning.

/** Tells a hook; `failed` are the words of the warning. */
export function tellHook<Told extends unknown[]>(
  hook: ((...told: Told) => unknown) | null | undefined,
  failed: string,
  ...told: Told
): void {
  const warn = (cause: unknown) => console.warn(`cryptopay-client: ${failed}:`, cause);
  try {
    const later = hook?.(...told);
    if (later instanceof Promise) later.catch(warn);
  } catch (cause) {
    warn(cause);
  }
}
