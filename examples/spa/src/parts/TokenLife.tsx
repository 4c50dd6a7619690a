import { useEffect, useState } from "react";
import { pairs } from "../changes.ts";
import { client } from "../client.ts";
import { early } from "../soon.ts";
import { useStore } from "../store.ts";
import { minutes } from "../text.ts";
import { claimsOf } from "../token.ts";
import { useNow } from "../useNow.ts";

/** When the client refreshes: after this share of the token's life, as the server's `refresh_after` says. */
const DUE = 0.8;

export function TokenLife() {
  const token = useToken();
  const hastened = useStore(early);
  const now = useNow() / 1000;
  if (!token) return null;
  const claims = claimsOf(token);
  const left = claims.exp - now;
  const dueAt = hastened?.token === token ? hastened.at / 1000 : claims.iat + (claims.exp - claims.iat) * DUE;
  const due = dueAt - now;
  return (
    <section className="card life">
      <h2>Access token</h2>
      <Ring share={left / (claims.exp - claims.iat)} text={minutes(left)} />
      <div>
        <p>{due > 0 ? <>A new one comes by itself in {minutes(due)}.</> : "A new one is due."}</p>
        <p className="quiet">
          Number {claims.gen + 1} of session <code>{claims.sid.slice(0, 8)}</code>
        </p>
        {/* A failure stands in the log, and the token at hand stays. */}
        <button type="button" onClick={() => void client.refreshAccessToken().catch(() => {})}>
          Refresh now
        </button>
      </div>
    </section>
  );
}

function Ring({ share, text }: { share: number; text: string }) {
  return (
    <svg className="ring" viewBox="0 0 120 120" role="timer" aria-label={`Good for another ${text}`}>
      <circle className="track" cx="60" cy="60" r="52" />
      <circle
        className="rest"
        cx="60"
        cy="60"
        r="52"
        pathLength="100"
        strokeDasharray={`${Math.max(0, Math.min(1, share)) * 100} 100`}
        transform="rotate(-90 60 60)"
      />
      <text x="60" y="60">
        {text}
      </text>
    </svg>
  );
}

function useToken(): string | null {
  const pair = useStore(pairs);
  const [token, setToken] = useState<string | null>(null);
  useEffect(() => {
    // Without a token there is nothing to count down.
    client.accessToken().then(setToken, () => {});
  }, [pair]);
  return token;
}
