import { type AuthClient, type AuthEvent, type ClientOptions, createAuthClient } from "../../src/core/index.ts";
import { FakeBrowser, type FakeChannel, FakePage } from "./browser.ts";
import { FakeClock, settled } from "./clock.ts";
import { BASE, FakeServer, PASSWORD } from "./server.ts";

export interface Tab {
  client: AuthClient;
  channel: FakeChannel;
  page: FakePage;
  events: AuthEvent[];
}

/** A server, a browser, and a clock for both. */
export class World {
  clock = new FakeClock();
  server = new FakeServer(this.clock);
  browser = new FakeBrowser();

  tab(options: ClientOptions = {}): Tab {
    const { browser, clock, server } = this;
    const channel = browser.channel();
    const page = new FakePage();
    page.visible = false; // tests that want the timer say so
    const surroundings = { fetch: server.fetch, clock, random: () => 0, channel, locks: browser.locks, page };
    const client = createAuthClient({ baseURL: BASE, ...surroundings, ...options });
    const events: AuthEvent[] = [];
    client.onChange((event) => events.push(event));
    return { client, channel, page, events };
  }

  localTab(): Tab {
    return this.tab({ storage: this.browser.localStorage() });
  }

  tabs(count: number, options: () => ClientOptions = () => ({})): Tab[] {
    return Array.from({ length: count }, () => this.tab(options()));
  }

  async signedIn(options: ClientOptions = {}): Promise<Tab> {
    const tab = this.tab(options);
    await tab.client.login("ann", PASSWORD);
    await settled();
    return tab;
  }

  /** To where the access token is due, or further. */
  async untilDue(more = 0): Promise<void> {
    await this.clock.advance(720_000 + more);
  }

  async untilExpired(more = 0): Promise<void> {
    await this.clock.advance(900_000 + more);
  }

  /** The result of `promise`, letting `ms` pass meanwhile. */
  async within<T>(ms: number, promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    await this.clock.advance(ms);
    return promise;
  }
}
