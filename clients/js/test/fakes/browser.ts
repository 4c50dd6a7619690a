import type { Page } from "../../src/core/page.ts";
import type { TokenStorage } from "../../src/core/storage.ts";
import type { Channel, Locks, Message } from "../../src/core/tabs.ts";

/** What all tabs of one origin share. */
export class FakeBrowser {
  locks = new FakeLocks();
  #channels = new Set<FakeChannel>();
  #stored: string | null = null;
  writes = 0;

  /** How many were posted on channels. */
  get messages(): number {
    return [...this.#channels].reduce((sum, { posted }) => sum + posted, 0);
  }

  channel(): FakeChannel {
    const channel = new FakeChannel(this.#channels);
    this.#channels.add(channel);
    return channel;
  }

  localStorage(): TokenStorage {
    return {
      shared: true,
      get: () => this.#stored,
      set: (value) => {
        this.writes++;
        this.#stored = value;
      },
    };
  }
}

export class FakeChannel implements Channel {
  onmessage: Channel["onmessage"] = null;
  /** A frozen tab hears nothing, and what was said is lost to it. */
  frozen = false;
  /** When this tab hears a message: a busy one does later than others. */
  schedule: (hear: () => void) => void = queueMicrotask;
  posted = 0;
  #all: Set<FakeChannel>;

  constructor(all: Set<FakeChannel>) {
    this.#all = all;
  }

  postMessage(message: Message): void {
    this.posted++;
    for (const other of this.#all) if (other !== this) other.#deliver(structuredClone(message));
  }

  close(): void {
    this.#all.delete(this);
  }

  #deliver(data: Message): void {
    if (this.frozen) return;
    this.schedule(() => this.onmessage?.call(this as never, new MessageEvent("message", { data })));
  }
}

/** Named locks, first come first served. */
export class FakeLocks implements Locks {
  names = new Set<string>();
  /** Those whose holder never lets go: its tab was frozen. */
  stuck = new Set<string>();
  #queues = new Map<string, Promise<unknown>>();

  request<T>(name: string, { signal }: { signal: AbortSignal }, task: () => Promise<T>): Promise<T> {
    this.names.add(name);
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
    const turn = this.stuck.has(name) ? new Promise<never>(() => {}) : this.#queues.get(name);
    const granted = Promise.race([turn, aborted]).then(task);
    this.#queues.set(
      name,
      Promise.allSettled([turn, granted]), // who gives up waiting lets nobody else in
    );
    return granted;
  }
}

export class FakePage implements Page {
  visible = true;
  #woken = new Set<() => void>();

  active(): boolean {
    return this.visible;
  }

  onWake(woken: () => void): () => void {
    this.#woken.add(woken);
    return () => this.#woken.delete(woken);
  }

  wake(): void {
    this.visible = true;
    for (const woken of this.#woken) woken();
  }
}
