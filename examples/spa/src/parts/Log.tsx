import { type Entry, log } from "../log.ts";
import { useStore } from "../store.ts";
import { timeOfDay } from "../text.ts";

export function Log() {
  const entries = useStore(log);
  return (
    <aside className="log" aria-labelledby="log-title">
      <h2 id="log-title">What goes on</h2>
      {entries.length === 0 && <p className="quiet">Requests of this tab and events of the client will stand here.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ol tabIndex={0} aria-labelledby="log-title">
        {entries.map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ol>
    </aside>
  );
}

function Row({ entry }: { entry: Entry }) {
  const { at, kind, note, title } = entry;
  return (
    <li className={kind}>
      <time>{timeOfDay(at)}</time>
      <span className="what">
        {kind === "request" ? <code>{title}</code> : title}
        {note && <small>{note}</small>}
      </span>
      {kind === "request" && <Outcome entry={entry} />}
    </li>
  );
}

function Outcome({ entry: { ms, status } }: { entry: Entry }) {
  if (status === null) return <span className="status">…</span>;
  const tone = status >= 200 && status < 400 ? "good" : "bad";
  return (
    <span className={`status ${tone}`}>
      {status || "cut"} <small>{Math.round(ms)} ms</small>
    </span>
  );
}
