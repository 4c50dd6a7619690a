import { useState } from "react";
import { client, place, plainFetch } from "../client.ts";
import { lineIsCut } from "../line.ts";
import { makeDueSoon } from "../soon.ts";
import { useStore } from "../store.ts";
import { copiedTokens } from "../theft.ts";
import { Scene } from "./Scene.tsx";
import { SocketScene } from "./SocketScene.tsx";

/** What goes wrong for others, to be tried here. */
export function Scenes() {
  return (
    <section className="card">
      <h2>Try to break it</h2>
      <ul className="scenes">
        <Soon />
        <SecondTab />
        <Crowd />
        <CutLine />
        <Theft />
        <SocketScene />
      </ul>
    </section>
  );
}

function Soon() {
  return (
    <Scene
      title="No waiting"
      text="The client asks for a new token ahead of time, by itself. Make this one due in five seconds, and watch the countdown and the log."
    >
      <button type="button" className="plain" onClick={() => void makeDueSoon().catch(() => {})}>
        Make it due soon
      </button>
    </Scene>
  );
}

function SecondTab() {
  return (
    <Scene
      title="A second tab"
      text="Both share one session: refresh in one, and the other has the new tokens; sign out in one, and the other is signed out."
    >
      <button type="button" className="plain" onClick={() => window.open(location.href)}>
        Open a second tab
      </button>
    </Scene>
  );
}

function Crowd() {
  const refreshes = () => Promise.allSettled(Array.from({ length: 20 }, () => client.refreshAccessToken()));
  return (
    <Scene
      title="Twenty at once"
      text="Twenty parts of a page want a new token in the same moment. See the log: one request."
    >
      <button type="button" className="plain" onClick={() => void refreshes()}>
        Refresh twenty times
      </button>
    </Scene>
  );
}

function CutLine() {
  const isCut = useStore(lineIsCut);
  const toggle = () => {
    lineIsCut.set(!isCut);
    client.refreshAccessToken().catch(() => {}); // what becomes of it stands in the log
  };
  return (
    <Scene
      title="A tunnel"
      text="No request gets through, and a refresh is tried. You stay signed in, and it succeeds once the line is back."
    >
      <button type="button" className={isCut ? "plain alarm" : "plain"} onClick={toggle}>
        {isCut ? "Mend the line" : "Cut the line"}
      </button>
    </Scene>
  );
}

function Theft() {
  const [isUnderWay, setUnderWay] = useState(false);
  const steal = async () => {
    setUnderWay(true);
    await useOldToken().catch(() => {}); // it stands in the log; the page follows the client's event
    setUnderWay(false);
  };
  return (
    <Scene title="A thief" text={place === "cookie" ? OUT_OF_REACH : THEFT}>
      {place !== "cookie" && (
        <button type="button" className="plain" aria-disabled={isUnderWay} onClick={() => void steal()}>
          Use an old token
        </button>
      )}
    </Scene>
  );
}

const OUT_OF_REACH = "Would need the refresh token, and no script can read it: it is in an HttpOnly cookie.";
const THEFT =
  "Copies a refresh token, lets the page go on, and then uses the copy. The server sees that the token was replaced, and ends the session for everybody.";

/** The one just before the newest still buys its successor for ten seconds: this one is older. */
async function useOldToken(): Promise<void> {
  await client.refreshAccessToken();
  const stolen = copiedTokens()?.refresh_token;
  await client.refreshAccessToken();
  await client.refreshAccessToken();
  await plainFetch("/api/auth/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refresh_token: stolen }),
  });
  await client.getCurrentUser();
}
