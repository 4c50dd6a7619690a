export interface ResponseLike {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

export type Refusal = "missing" | "invalid" | "forbidden" | "unavailable";

interface Answer {
  readonly status: number;
  readonly error: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

const CHALLENGE = 'Bearer realm="api"'; // RFC 6750 §3; the whole service is one protected space

const ANSWERS: Record<Refusal, Answer> = {
  missing: {
    status: 401,
    error: "invalid_token",
    message: "An access token is needed.",
    headers: { "WWW-Authenticate": CHALLENGE }, // RFC 6750 §3.1: no error code when none was sent
  },
  invalid: {
    status: 401,
    error: "invalid_token",
    message: "The access token is invalid or has expired.",
    headers: { "WWW-Authenticate": `${CHALLENGE}, error="invalid_token"` },
  },
  forbidden: {
    status: 403,
    error: "insufficient_scope",
    message: "This account lacks the right.",
    headers: { "WWW-Authenticate": `${CHALLENGE}, error="insufficient_scope"` },
  },
  unavailable: {
    status: 503,
    error: "service_unavailable",
    message: "The token cannot be judged at the moment. Keep it, and try again.",
    headers: { "Retry-After": "1" },
  },
};

/** Answer in Authgate's own form: `{error, message, details}`. */
export function refuse(response: ResponseLike, refusal: Refusal): void {
  const { status, error, message, headers } = ANSWERS[refusal];
  const all = { ...headers, "Content-Type": "application/json", "Cache-Control": "no-store" };
  response.statusCode = status;
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  response.end(JSON.stringify({ error, message, details: null }));
}
