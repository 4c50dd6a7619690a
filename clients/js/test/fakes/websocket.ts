/** The service's end of the sockets that a test opens. */
export class FakeSocket {
  static all: FakeSocket[] = [];
  sent: Record<string, unknown>[] = [];
  closedWith: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  url: string;
  protocols: string[] | undefined;

  constructor(url: string | URL, protocols?: string[]) {
    this.url = String(url);
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(code: number): void {
    this.closedWith = code;
    this.cut(code);
  }

  accept(): void {
    this.onopen?.();
    this.say({ type: "auth.ok", expires_at: 1 });
  }

  say(data: unknown): void {
    this.onmessage?.(new MessageEvent("message", { data: typeof data === "object" ? JSON.stringify(data) : data }));
  }

  cut(code: number): void {
    this.onclose?.({ code });
  }
}
