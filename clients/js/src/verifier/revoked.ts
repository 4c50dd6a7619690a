import type { Claims } from "./claims.js";
import type { Revocation } from "./revocation.js";

const MARGIN = 60; // seconds, for a clock of ours that is set back

type Entries = Map<string, Revocation>;

/** What was revoked, held as long as a concerned token can be alive. */
export class RevokedStore {
  private readonly sessions: Entries = new Map();
  private readonly tokens: Entries = new Map();
  private readonly epochs = new Map<string, Entries>();
  private readonly rights: Entries = new Map();

  /** Whether the entry was new. Repeated entries change nothing. */
  add(entry: Revocation): boolean {
    if (entry.session !== undefined) return keep(this.sessions, entry.session, entry, later);
    if (entry.tokenId !== undefined) return keep(this.tokens, entry.tokenId, entry, later);
    if (entry.epoch !== undefined) return keep(this.epochsOf(entry.subject), entry.except ?? "", entry, higher);
    return keep(this.rights, entry.subject, entry, newer);
  }

  isRevoked(claims: Claims): boolean {
    if (this.sessions.has(claims.session) || this.tokens.has(claims.tokenId)) return true;
    const entries = this.epochs.get(claims.subject);
    return entries !== undefined && anyEnds(entries, claims);
  }

  /** Whether is_staff and is_superuser of the token may still be believed. */
  believesRights(claims: Claims): boolean {
    const entry = this.rights.get(claims.subject);
    if (entry === undefined) return true;
    if (claims.version === null || entry.version === undefined) return claims.issuedAt > entry.before;
    return claims.version >= entry.version;
  }

  /** `now` in Unix seconds. */
  forget(now: number): void {
    for (const entries of [this.sessions, this.tokens, this.rights, ...this.epochs.values()]) drop(entries, now);
    for (const [subject, entries] of this.epochs) if (entries.size === 0) this.epochs.delete(subject);
  }

  get size(): number {
    const accounts = [...this.epochs.values()].reduce((sum, entries) => sum + entries.size, 0);
    return this.sessions.size + this.tokens.size + this.rights.size + accounts;
  }

  private epochsOf(subject: string): Entries {
    const entries = this.epochs.get(subject) ?? new Map<string, Revocation>();
    this.epochs.set(subject, entries);
    return entries;
  }
}

function keep(entries: Entries, key: string, entry: Revocation, wins: typeof later): boolean {
  const held = entries.get(key);
  if (held && !wins(entry, held)) return false;
  entries.set(key, entry);
  return true;
}

function later(entry: Revocation, held: Revocation): boolean {
  return entry.before > held.before;
}

function higher(entry: Revocation, held: Revocation): boolean {
  return (entry.epoch as number) > (held.epoch as number);
}

/** By version where both have one: it never falls, but the clock of the database can be set back. */
function newer(entry: Revocation, held: Revocation): boolean {
  if (entry.version === undefined || held.version === undefined) return later(entry, held);
  return entry.version > held.version;
}

/** A loop, since it is asked at every call of the service: nothing is copied. */
function anyEnds(entries: Entries, claims: Claims): boolean {
  for (const entry of entries.values()) if (endsByEpoch(entry, claims)) return true;
  return false;
}

function endsByEpoch(entry: Revocation, claims: Claims): boolean {
  if (entry.except === claims.session) return false;
  return claims.epoch === null ? claims.issuedAt < entry.before : claims.epoch < (entry.epoch as number);
}

function drop(entries: Entries, now: number): void {
  for (const [key, entry] of entries) if (entry.expiresAt + MARGIN < now) entries.delete(key);
}
