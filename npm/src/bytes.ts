// Bytes that come in parts: put together, and no more of them than a limit.

/** More came than is read. */
export class TooLarge extends RangeError {
  constructor(readonly limit: number) {
    super(`more than ${limit} bytes came, which is more than is read`);
  }
}

/** These parts as one. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Everything that comes, as one.
 * @throws TooLarge as soon as it is more than the limit
 */
export async function collected(parts: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > limit) throw new TooLarge(limit);
    all.push(part);
  }
  return joined(all, size);
}

/**
 * The body of a request.
 * @throws TooLarge when it is, or says that it is, more than the limit
 */
export async function webBody(request: Request, limit: number): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw new TooLarge(limit);
  return collected((request.body ?? []) as AsyncIterable<Uint8Array>, limit);
}
