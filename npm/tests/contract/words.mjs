// The package's words and the contract's: settings, how a call ended, an error, a journal.

import { differences } from "./compare.mjs";

export const SETTINGS = {
  max_retries: "maxRetries",
  deadline_ms: "timeoutMs",
  attempt_timeout_ms: "attemptTimeoutMs",
  rate_limit: "rateLimit",
  max_body: "maxBodyBytes",
  api_key: "apiKey",
  api_secret: "apiSecret",
  if_none_match: "ifNoneMatch",
  if_modified_since: "ifModifiedSince",
};

/** How a call went, in the contract's words. */
export function done(info) {
  return {
    status: info.status,
    request_id: info.requestId,
    recovered: info.recovered,
    accepted: info.accepted,
    not_modified: info.notModified,
    unverified: info.unverified.length ? info.unverified : null,
    custom_id: info.customId,
    etag: info.etag,
    last_modified: info.lastModified,
    record: info.record,
    trace: info.trace,
  };
}

/** What stopped a call, in the contract's words. */
export function causeOf(reason) {
  return reason
    ? { code: reason.code, status: reason.status, request_id: reason.requestId, message: reason.message }
    : null;
}

/** An error in the contract's words. */
export function told(error) {
  const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const { signed } = error;
  return {
    ...Object.fromEntries(Object.entries({ ...error }).map(([name, value]) => [snake(name), value])),
    text: error.message,
    cause: causeOf(error.reason),
    retry_at_ms: error.retryAt?.getTime() ?? null,
    signed: signed && {
      string_to_sign: signed.stringToSign,
      clock_difference_ms: signed.clockDifferenceMs,
      likely: signed.likely,
    },
  };
}

/** What a story's journal expected otherwise. */
export function journalDiffers(expected, came) {
  const told = came.map((entry) => [entry.operation ?? null, entry.fault ?? entry.status ?? null]);
  if (!expected.unordered) return differences(expected, told);
  const sorted = (list) =>
    list
      .map((one) => JSON.stringify(one))
      .sort()
      .map((one) => JSON.parse(one));
  return differences(sorted(expected.unordered), sorted(told));
}
