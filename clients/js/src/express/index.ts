import { type Claims, InvalidToken, Unavailable } from "../verifier/index.js";
import { type Refusal, type ResponseLike, refuse } from "./refusal.js";

declare global {
  namespace Express {
    /** What @types/express makes its requests of: `request.auth` has its type in every handler. */
    interface Request {
      /** Set by `requireAuth`, which lets nobody pass without it. */
      auth?: Claims;
    }
  }
}

export interface RequestLike {
  headers: Record<string, string | string[] | undefined>;
  /** Set by the middleware. */
  auth?: Claims;
}

export interface RequireOptions {
  /** "staff" answers 403 to everybody else. */
  readonly require?: "staff";
}

/** What the middleware needs of a verifier. */
export interface TokenVerifier {
  verify(token: string): Promise<Claims>;
}

export type Middleware = (
  request: RequestLike,
  response: ResponseLike,
  next: (error?: unknown) => void,
) => Promise<void>;

const BEARER = /^Bearer +([^\s,]+) *$/i;

/** Lets requests with a good access token pass, with its claims as `request.auth`, and answers the others. */
export function requireAuth(verifier: TokenVerifier, options: RequireOptions = {}): Middleware {
  return async (request, response, next) => {
    const answer = await judge(verifier, request, options).catch(next);
    if (answer === "pass") next();
    else if (answer) refuse(response, answer);
  };
}

async function judge(
  verifier: TokenVerifier,
  request: RequestLike,
  options: RequireOptions,
): Promise<Refusal | "pass"> {
  const header = request.headers.authorization;
  if (header === undefined) return "missing";
  const token = typeof header === "string" ? BEARER.exec(header)?.[1] : undefined;
  if (token === undefined) return "invalid";
  const claims = await verifier.verify(token).catch(refusalOf);
  if (typeof claims === "string") return claims;
  if (options.require === "staff" && !claims.isStaff) return "forbidden";
  request.auth = claims;
  return "pass";
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof InvalidToken) return "invalid";
  if (error instanceof Unavailable) return "unavailable";
  throw error; // a defect is the application's to report
}
