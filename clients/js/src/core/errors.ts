/**
 * AuthError            what every call of this package rejects with; `code` is stable, `message` is for people
 * ├ NetworkError       nobody answered: offline, refused, cut, timed out; the tokens are kept
 * └ SessionEndedError  nobody is signed in, or not any more; show the login
 */

export interface Refusal {
  code: string;
  message: string;
  status?: number;
  details?: Record<string, unknown> | null;
  retryAfter?: number | null;
}

export class AuthError extends Error {
  override readonly name: string = "AuthError";
  readonly code: string;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly details: Record<string, unknown> | null;
  /** Seconds to wait before it makes sense to ask again, if the server said so. */
  readonly retryAfter: number | null;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.message, options);
    this.code = refusal.code;
    this.status = refusal.status ?? 0;
    this.details = refusal.details ?? null;
    this.retryAfter = refusal.retryAfter ?? null;
  }
}

export class NetworkError extends AuthError {
  override readonly name = "NetworkError";

  constructor(cause: unknown) {
    super({ code: "network_error", message: "The server could not be reached." }, { cause });
  }
}

export class SessionEndedError extends AuthError {
  override readonly name = "SessionEndedError";

  constructor() {
    super({ code: "session_ended", message: "Nobody is signed in.", status: 401 });
  }
}
