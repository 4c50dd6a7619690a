/** Why a token was not accepted. Decide by `code`; no text ever holds a part of a token. */
export class VerificationError extends Error {
  readonly code: "invalid_token" | "unavailable";

  constructor(code: "invalid_token" | "unavailable", message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The token must not be accepted; `reason` is a short stable word for logs. Answer 401. */
export class InvalidToken extends VerificationError {
  readonly reason: string;

  constructor(reason: string, message = `The access token is not valid: ${reason}.`) {
    super("invalid_token", message);
    this.reason = reason;
  }
}

/** The token was good once: time is its only fault (RFC 7519 §4.1.4). */
export class ExpiredToken extends InvalidToken {
  constructor() {
    super("expired");
  }
}

/** The token, its session, or all sessions of its account were ended. */
export class RevokedToken extends InvalidToken {
  constructor() {
    super("revoked");
  }
}

/** Nothing was decided about the token. Answer 503 with Retry-After, never 401. */
export class Unavailable extends VerificationError {
  /** Seconds after which asking again makes sense. */
  readonly retryAfter = 1;

  constructor(message: string, options?: ErrorOptions) {
    super("unavailable", message, options);
  }
}

/** What was revoked lately is not known: the feed is further behind than the bound. */
export class FeedStale extends Unavailable {}

/** The public keys could not be fetched. */
export class KeysUnavailable extends Unavailable {}
