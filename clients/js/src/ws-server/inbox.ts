import { OPEN, type SocketLike } from "./socket.js";

type Receiver = (text: string) => Promise<void>;

/** The messages of one socket, one at a time: the next is read when the last was dealt with. */
export class Inbox {
  closed = false;
  private readonly queue: string[] = [];
  private receiver: Receiver | null = null;
  private busy = false;
  private arrived: () => void = () => undefined;

  constructor(private readonly socket: SocketLike) {
    socket.on("message", (data) => this.put(data.toString()));
    socket.on("close", () => {
      this.closed = true;
      this.arrived();
    });
  }

  /** The next message; null when the socket closes or `patience` seconds pass before. */
  async next(patience: number): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.arrived = resolve;
      timer = setTimeout(resolve, patience * 1000);
      if (this.queue.length) resolve();
    });
    clearTimeout(timer);
    return this.queue.shift() ?? null;
  }

  /** From now on give every message to `receiver`, in order. */
  deliver(receiver: Receiver): void {
    this.receiver = receiver;
    void this.drain();
  }

  /** Paused until it is read; what the socket had taken in before may still come, and waits in the queue. */
  private put(text: string): void {
    if (this.socket.readyState !== OPEN) return;
    this.queue.push(text);
    this.socket.pause();
    this.arrived();
    void this.drain();
  }

  private async drain(): Promise<void> {
    if (!this.receiver || this.busy) return;
    this.busy = true;
    try {
      for (let text = this.queue.shift(); text !== undefined; text = this.queue.shift()) await this.receiver(text);
    } finally {
      this.busy = false;
    }
    if (!this.closed) this.socket.resume();
  }
}
