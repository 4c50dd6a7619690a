import { type ReactNode, useState } from "react";
import { client, place, plainFetch } from "../client.ts";
import { lineIsCut } from "../line.ts";
import { useStore } from "../store.ts";
import { copiedToken } from "../theft.ts";

/** What goes wrong for others, to be tried here. */
export function Scenes() {
  return (
    <section className="card">
      <h2>Try to break it</h2>
      <ul className="scenes">
        <SecondTab />
        <Crowd />
        <CutLine />
        <Theft />
      </ul>
    </section>
  );
}

function SecondTab() {
  return (
    <Scene title="A second tab" text="Both share one session: refresh in one, and the other has the new tokens; sign out in one, and the other is signed out.">
      <button type="button" className="plain" onClick={() => window.open(location.href)}>
        Open a second tab
      </button>
    </Scene>
  );
}

function Crowd() {
  const refreshes = () => Promise.allSettled(Array.from({ length: 20 }, () => client.refreshAccessToken()));
  return (
    <Scene title="Twenty at once" text="Twenty parts of a page want a new token in the same moment. See the log: one request.">
      <button type="button" className="plain" onClick={() => void refreshes()}>
        Refresh twenty times
      </button>
    </Scene>
  );
}

function CutLine() {
  const isCut = useStore(lineIsCut);
  return (
    <Scene title="A tunnel" text="No request gets through, refreshes neither. You stay signed in, and it goes on once the line is back.">
      <button type="button" className="plain" aria-pressed={isCut} onClick={() => lineIsCut.set(!isCut)}>
        {isCut ? "Mend the line" : "Cut the line"}
      </button>
    </Scene>
  );
}

function Theft() {
  const [answer, setAnswer] = useState("");
  const token = copiedToken();
  const steal = async () => {
    const response = await plainFetch("/api/auth/refresh", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ refresh_token: token }),
    });
    setAnswer(said(response));
    await client.getCurrentUser().catch(() => {}); // SessionEndedError: the page follows the client's event
  };
  return (
    <Scene title="A thief" text={token ? `Uses the refresh token of your login. ${answer}` : missing()}>
      {token && (
        <button type="button" className="plain" onClick={() => void steal().catch(() => {})}>
          Use the old token
        </button>
      )}
    </Scene>
  );
}

/** What the thief got. The very last token still buys its successor for ten seconds; older ones end the session. */
function said(response: Response): string {
  if (response.ok) return "It was the newest, or the one just before: refresh twice, then try again.";
  return "Refused, and the session has ended.";
}

function missing(): string {
  if (place === "cookie") return "Would need the refresh token, and no script can read it: it is in an HttpOnly cookie.";
  return "Copies the refresh token when you sign in: sign out and in again in this tab to see it.";
}

function Scene({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <li>
      <div>
        <h3>{title}</h3>
        <p>{text}</p>
      </div>
      {children}
    </li>
  );
}
