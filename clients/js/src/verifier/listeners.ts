import type { Claims } from "./claims.js";
import type { Revocation } from "./revocation.js";

interface Watch {
  readonly claims: Claims;
  readonly listener: () => void;
}

/** Who wants to know of revocations. Called after the reader has gone on, so that none of them can hold it up. */
export class Listeners {
  private readonly all = new Set<(entry: Revocation) => void>();
  private readonly watches = new Map<string, Set<Watch>>();

  constructor(private readonly onError: (error: unknown) => void) {}

  add(listener: (entry: Revocation) => void): () => void {
    this.all.add(listener);
    return () => void this.all.delete(listener);
  }

  watch(claims: Claims, listener: () => void): () => void {
    const watch = { claims, listener };
    const watches = this.watches.get(claims.subject) ?? new Set();
    this.watches.set(claims.subject, watches.add(watch));
    return () => this.unwatch(watch);
  }

  tell(entry: Revocation, isOver: (claims: Claims) => boolean): void {
    for (const listener of this.all) this.call(() => listener(entry));
    this.settle(entry.subject, isOver);
  }

  /** Call and forget the watches of an account whose token is over. */
  settle(subject: string, isOver: (claims: Claims) => boolean): void {
    for (const watch of this.watches.get(subject) ?? []) {
      if (!isOver(watch.claims)) continue;
      this.unwatch(watch);
      this.call(watch.listener);
    }
  }

  private unwatch(watch: Watch): void {
    const watches = this.watches.get(watch.claims.subject);
    watches?.delete(watch);
    if (watches?.size === 0) this.watches.delete(watch.claims.subject);
  }

  private call(listener: () => unknown): void {
    Promise.resolve().then(listener).catch(this.onError);
  }
}
