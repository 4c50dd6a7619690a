import { accessClaims, type Claims, checkTimes } from "./claims.js";
import { type CompactToken, readCompact } from "./compact.js";
import { FeedStale, InvalidToken, RevokedToken, reasonOf } from "./errors.js";
import { FeedReader } from "./feed.js";
import { Freshness } from "./freshness.js";
import { readHeader } from "./header.js";
import { strictObject } from "./json.js";
import { signatureFits } from "./jwk.js";
import { KeyCache } from "./keys.js";
import { Listeners } from "./listeners.js";
import { feedAddress, type Settings, settingsOf, type VerifierOptions } from "./options.js";
import { redeemTicket } from "./redemption.js";
import type { Revocation } from "./revocation.js";
import { RevokedStore } from "./revoked.js";

const KEYS_EVERY = 60; // seconds
const FORGET_EVERY = 10;

/** Verifies access tokens of one Authgate server without asking it, and knows within the bound what was revoked. */
export class Verifier {
  private readonly settings: Settings;
  private readonly keys: KeyCache;
  private readonly freshness: Freshness;
  private readonly revoked = new RevokedStore();
  private readonly listeners: Listeners;
  private readonly feed: FeedReader;
  private problem = "";
  private toldIssuer = false;
  private timers: NodeJS.Timeout[] = [];
  private running: Promise<void> | null = null;
  private readonly waiting = new Set<() => void>();

  constructor(options: VerifierOptions) {
    this.settings = settingsOf(options);
    const { server, fetch, clocks, onError } = this.settings;
    this.keys = new KeyCache({ url: `${server}/.well-known/jwks.json`, fetch, monotonic: clocks.monotonic });
    this.freshness = new Freshness(clocks);
    this.listeners = new Listeners(onError);
    this.feed = new FeedReader(feedAddress(this.settings), this.freshness, {
      connecting: () => void this.keys.refresh().then(() => this.wake()),
      revocation: (entry) => this.take(entry),
      heartbeat: () => {
        this.problem = "";
        this.wake();
      },
      failure: (error) => this.complain(error),
    });
  }

  /** Begin to read; resolves when tokens can be judged. Throws FeedStale after `timeout` seconds, and goes on trying. */
  async start({ timeout = 10 }: { timeout?: number } = {}): Promise<void> {
    this.running ??= this.begin();
    const deadline = this.settings.clocks.monotonic() + timeout;
    while (!this.ready) {
      const left = deadline - this.settings.clocks.monotonic();
      if (left <= 0) throw new FeedStale(this.notServed(timeout));
      await this.news(left);
    }
  }

  /** Stop reading. Every token is refused as FeedStale once the bound has passed. */
  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.feed.close();
    await this.running;
  }

  get ready(): boolean {
    return this.keys.ready && this.staleness() <= this.settings.maxStaleness;
  }

  /** Seconds since the moment up to which everything that was revoked is known. */
  staleness(): number {
    return this.freshness.staleness();
  }

  /** Throws InvalidToken (ExpiredToken, RevokedToken) or Unavailable (FeedStale, KeysUnavailable). */
  async verify(token: string): Promise<Claims> {
    const compact = readCompact(token);
    await this.checkSignature(compact);
    const payload = strictObject(compact.payload, "payload");
    this.compareIssuer(payload.iss);
    const claims = accessClaims(payload, this.settings.expected);
    return this.check(claims);
  }

  /** Judge claims again that were verified before: the same answer that `verify` would give now. */
  check(claims: Claims): Claims {
    checkTimes(claims, this.settings.clocks.wall());
    if (this.staleness() > this.settings.maxStaleness) {
      throw new FeedStale("What was revoked lately is not known: the feed is behind.");
    }
    if (this.revoked.isRevoked(claims)) throw new RevokedToken();
    return this.believed(claims);
  }

  /** The claims without rights that have changed since they were read. Judges nothing else. */
  believed(claims: Claims): Claims {
    return this.revoked.believesRights(claims) ? claims : { ...claims, isStaff: false, isSuperuser: false };
  }

  /** Exchange a socket ticket for the claims it stands for; it is used up. Throws like `verify`. */
  async redeem(ticket: string): Promise<Claims> {
    return this.check(await redeemTicket(this.settings, ticket));
  }

  /** `listener` is called for each new revocation until the returned function is. */
  onRevoked(listener: (entry: Revocation) => void): () => void {
    return this.listeners.add(listener);
  }

  /** `listener` is called once when the token of `claims` is revoked, until the returned function is. */
  watch(claims: Claims, listener: () => void): () => void {
    const stop = this.listeners.watch(claims, listener);
    if (this.revoked.isRevoked(claims)) this.listeners.settle(claims.subject, (other) => other === claims);
    return stop;
  }

  private async checkSignature(token: CompactToken): Promise<void> {
    const { alg, kid } = readHeader(token.header);
    const key = await this.keys.find(kid);
    if (key.algorithm !== alg) throw new InvalidToken("wrong_alg");
    if (!signatureFits(key, token.signed, token.signature)) throw new InvalidToken("bad_signature");
  }

  private begin(): Promise<void> {
    const forget = () => this.revoked.forget(this.settings.clocks.wall());
    this.timers = [
      setInterval(() => void this.keys.refresh(), KEYS_EVERY * 1000).unref(),
      setInterval(forget, FORGET_EVERY * 1000).unref(),
    ];
    return this.feed.run();
  }

  /** Of a token with a good signature: if the server has another name than we think, every token is refused. */
  private compareIssuer(issuer: unknown): void {
    const { issuer: expected } = this.settings.expected;
    if (this.toldIssuer || typeof issuer !== "string" || issuer === expected) return;
    this.toldIssuer = true;
    this.settings.onError(
      new Error(`the server's tokens are of the issuer "${issuer}", not "${expected}": set issuer to that`),
    );
  }

  /** The same failure again is told once. */
  private complain(error: unknown): void {
    const before = this.problem;
    this.problem = reasonOf(error);
    if (this.problem !== before) this.settings.onError(error);
  }

  private notServed(seconds: number): string {
    const reason = this.problem || this.keys.problem;
    return `Authgate at ${this.settings.server} did not serve within ${seconds} s${reason && `: ${reason}`}.`;
  }

  private take(entry: Revocation): void {
    if (this.revoked.add(entry)) this.listeners.tell(entry, (claims) => this.revoked.isRevoked(claims));
  }

  private wake(): void {
    for (const resume of this.waiting) resume();
    this.waiting.clear();
  }

  private async news(seconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.waiting.add(resolve);
      timer = setTimeout(resolve, seconds * 1000);
    });
    clearTimeout(timer);
  }
}
