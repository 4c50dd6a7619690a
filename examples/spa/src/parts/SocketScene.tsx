import { type FormEvent, useEffect, useState } from "react";
import { chatURL, enter, type Line, leave, room, say } from "../chat.ts";
import { useStore } from "../store.ts";
import { Scene } from "./Scene.tsx";

/** Where no chat runs, there is nothing to show. */
export function SocketScene() {
  const [url, setURL] = useState<string | null>(null);
  const { status, lines } = useStore(room);
  useEffect(() => {
    chatURL.then(setURL); // never rejects
  }, []);
  if (url === null) return null;
  return (
    <Scene title="An open socket" text={TEXT}>
      <button type="button" className="plain" onClick={() => (status === "shut" ? enter(url) : leave())}>
        {status === "shut" ? "Open a socket" : "Close the socket"}
      </button>
      {status !== "shut" && (
        <div className="room">
          <p role="status">{status === "open" ? "The socket is open." : "Connecting …"}</p>
          <Lines lines={lines} />
          <Say />
        </div>
      )}
    </Scene>
  );
}

const TEXT =
  "A chat in another service. The socket signs in with a ticket, and renews its token while it is open. Sign out in another tab, or end this session from another browser: the service closes the socket within a second, as the log shows.";

function Lines({ lines }: { lines: Line[] }) {
  return (
    <div role="log" aria-label="Messages" className="lines">
      {lines.map(({ id, from, text }) => (
        <p key={id}>
          <b>{from}</b> {text}
        </p>
      ))}
    </div>
  );
}

function Say() {
  const [text, setText] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (say(text)) setText("");
  };
  return (
    <form className="say" onSubmit={send}>
      <input
        aria-label="Message"
        value={text}
        maxLength={2000}
        required
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="plain">
        Send
      </button>
    </form>
  );
}
