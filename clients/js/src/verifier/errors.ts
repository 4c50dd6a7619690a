/**
 * Why a token was not accepted. Decide by `code`; no text ever holds a part of a token.
 *
 * Names are written out: a minifier renames classes, and logs would say `e`.
 */
export class VerificationError extends Error {
  override readonly name: string = "VerificationError";
  readonly code: "invalid_token" | "unavailable";

  constructor(code: "invalid_token" | "unavailable", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The token must not be accepted; `reason` is a short stable word for logs. Answer 401. */
export class InvalidToken extends VerificationError {
  override readonly name: string = "InvalidToken";
  readonly reason: string;

  constructor(reason: string, message = `The access token is invalid: ${reason}.`) {
    super("invalid_token", message);
    this.reason = reason;
  }
}

/** The token was good once: time is its only fault (RFC 7519 §4.1.4). */
export class ExpiredToken extends InvalidToken {
  override readonly name = "ExpiredToken";

  constructor() {
    super("expired");
  }
}

/** The token, its session, or all sessions of its account were ended. */
export class RevokedToken extends InvalidToken {
  override readonly name = "RevokedToken";

  constructor() {
    super("revoked");
  }
}

/** Nothing was decided about the token. Answer 503 with Retry-After, never 401. */
export class Unavailable extends VerificationError {
  override readonly name: string = "Unavailable";
  /** Seconds after which asking again makes sense. */
  readonly retryAfter = 1;

  constructor(message: string, options?: ErrorOptions) {
    super("unavailable", message, options);
  }
}

/** What was revoked lately is not known: the feed is further behind than the bound. */
export class FeedStale extends Unavailable {
  override readonly name = "FeedStale";
}

/** The public keys could not be fetched. */
export class KeysUnavailable extends Unavailable {
  override readonly name = "KeysUnavailable";
}

/** One line: `fetch` keeps the reason of a failure, with the address, in its `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  const deeper = cause instanceof Error ? cause.message || ("code" in cause && String(cause.code)) : "";
  return deeper ? `${message} (${deeper})` : message;
}
