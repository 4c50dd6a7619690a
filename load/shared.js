// What the drivers for k6 and autocannon share. It imports nothing: neither has the other's modules.

/** "me=50 ws=1" as pairs of an operation and its share. */
export function mixOf(text) {
  return text.split(/\s+/).map((part) => [part.split("=")[0], Number(part.split("=")[1])]);
}

/** An operation of the mix, at random in these shares. */
export function pick(mix) {
  let left = Math.random() * mix.reduce((sum, [, share]) => sum + share, 0);
  const [op] = mix.find(([, share]) => {
    left -= share;
    return left <= 0;
  });
  return op;
}

export function parse(text) {
  try {
    return Object(JSON.parse(String(text)));
  } catch {
    return {}; // cut off, or not from Authgate
  }
}

/** The status; 0 unless the whole answer arrived. */
export function statusOf(op, status, body) {
  return status === 200 && op !== "logout" && !Object.keys(body).length ? 0 : status;
}

/** Of a Retry-After in seconds, as Authgate sends it; null for any other. */
export function secondsOf(field) {
  return /^\d+$/.test(field || "") ? Number(field) : null;
}

export function isThrottled(status, wait) {
  return (status === 429 || status === 503) && wait !== null;
}

/** Seconds to wait after so many failures in a row, where the server names none. */
export function backoff(failures) {
  return Math.min(30, 2 ** failures / 4) * (0.5 + Math.random() / 2);
}

/** What the outcome log records of the token that was sent, by its claims. */
export function used(claims) {
  if (!claims) return {};
  const { sid, gen, jti, type } = claims;
  return { sid, presented: gen, ...(type === "access" && { jti }) };
}

/** What it records of the tokens that came back, by the claims of the refresh token. */
export function answered(claims) {
  if (!claims) return {};
  const { sid, gen, jti } = claims;
  return { sid, gen, successor: jti };
}
