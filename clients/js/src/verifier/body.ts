type Bytes = NonNullable<Response["body"]>;

/**
 * A body's parts until it ends; throws when `signal` is aborted before. `fetch` holds its signal weakly once it has
 * answered, and does not hear it any more when garbage was collected since: so the body is cancelled by hand.
 */
export async function* partsOf(body: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined); // it may have failed already
  signal.addEventListener("abort", cancel);
  try {
    signal.throwIfAborted();
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

export interface Answer {
  readonly status: number;
  /** Null if it is no JSON. */
  readonly body: unknown;
}

/** Rejects when there is no whole answer after `seconds`. */
export async function fetchJson(send: typeof fetch, url: string, init: RequestInit, seconds: number): Promise<Answer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no whole answer within ${seconds} s`)), seconds * 1000);
  try {
    const response = await send(url, { ...init, redirect: "error", signal: late.signal });
    return { status: response.status, body: parse(await textOf(response.body, late.signal)) };
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(body: Bytes | null, signal: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = [];
  if (body) for await (const part of partsOf(body, signal)) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
