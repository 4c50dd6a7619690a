import { type Clock, sleep } from "./clock.ts";
import { AuthError, NetworkError } from "./errors.ts";

export type Fetch = typeof globalThis.fetch;

/** Seconds. Longer than this nobody wants to look at a spinner: the answer is handed over instead. */
export const LONGEST_WAIT = 10;
export const RETRIES = 2;

export interface Patience {
  clock: Clock;
  /** 0 to 1. */
  random: () => number;
}

/** The answer, whatever its status. Rejects with NetworkError, or with the signal's reason. */
export async function send(fetch: Fetch, request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    throw request.signal.aborted ? error : new NetworkError(error);
  }
}

/** The JSON of a success. Rejects with AuthError for anything else. */
export async function read<T>(response: Response): Promise<T> {
  if (!response.ok) throw await refusal(response);
  try {
    return (response.status === 204 ? undefined : await response.json()) as T;
  } catch (error) {
    throw new NetworkError(error); // cut in the middle, or not our server
  }
}

async function refusal(response: Response): Promise<AuthError> {
  const { status } = response;
  // A proxy in between answers in HTML: then the status is all we know.
  const body = await response.json().catch(() => null);
  return new AuthError({
    code: body?.error ?? `http_${status}`,
    message: body?.message ?? `The server answered ${status}.`,
    details: body?.details,
    status,
    retryAfter: secondsToWait(response),
  });
}

/** Retry-After in seconds (RFC 9110 §10.2.3), or null. */
export function secondsToWait(response: Response): number | null {
  const field = response.headers.get("Retry-After");
  if (!field) return null;
  const seconds = /^\d+$/.test(field) ? Number(field) : (Date.parse(field) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

/** Asks again after 429 and 503, as Retry-After says and a little later, so that a crowd does not come back at once. */
export async function patiently(
  ask: () => Promise<Response>,
  { clock, random }: Patience,
  signal?: AbortSignal | null,
): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const response = await ask();
    const seconds = response.status === 429 || response.status === 503 ? secondsToWait(response) : null;
    if (seconds === null || seconds > LONGEST_WAIT || tries === RETRIES) return response;
    await sleep(clock, seconds * 1000 + random() * 1000, signal);
  }
}
