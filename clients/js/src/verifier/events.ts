export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** The id of this event; undefined when it has none. */
  readonly id: string | undefined;
}

const MAX_PENDING = 65_536; // characters of one event: ours have 200

/** Events of a `text/event-stream` body, fed in pieces of any size (HTML Standard §9.2.6). */
export class EventParser {
  private readonly utf8 = new TextDecoder("utf-8", { fatal: true });
  private pending = "";

  /** The events that `chunk` completes. Throws on bytes that are not UTF-8, and on an event without end. */
  push(chunk: Uint8Array): ServerEvent[] {
    const text = this.pending + this.utf8.decode(chunk, { stream: true });
    const heldBack = text.endsWith("\r") ? "\r" : ""; // its line feed may be in the next piece
    const whole = text.slice(0, text.length - heldBack.length).replace(/\r\n?/g, "\n");
    const blocks = whole.split("\n\n");
    this.pending = (blocks.pop() as string) + heldBack;
    if (this.pending.length > MAX_PENDING) throw new Error("an event of the feed has no end");
    return blocks.map(readEvent).filter((event) => event !== null);
  }
}

function readEvent(block: string): ServerEvent | null {
  const lines = block.split("\n").map(field);
  const data = lines.filter(([name]) => name === "data").map(([, value]) => value);
  if (data.length === 0) return null;
  const last = (wanted: string) => lines.filter(([name]) => name === wanted).pop()?.[1];
  return { type: last("event") || "message", data: data.join("\n"), id: last("id") };
}

function field(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
}
