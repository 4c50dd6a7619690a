import { useEffect, useState } from "react";
import { pairs } from "../changes.ts";
import { client } from "../client.ts";
import { useStore } from "../store.ts";
import { minutes } from "../text.ts";
import { type Claims, claimsOf } from "../token.ts";
import { useNow } from "../useNow.ts";

/** When the client refreshes: after this share of the token's life, as the server's `refresh_after` says. */
const DUE = 0.8;

export function TokenLife() {
  const claims = useClaims();
  const now = useNow() / 1000;
  if (!claims) return null;
  const left = claims.exp - now;
  const due = claims.iat + (claims.exp - claims.iat) * DUE - now;
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

function useClaims(): Claims | null {
  const pair = useStore(pairs);
  const [claims, setClaims] = useState<Claims | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new pair has a new token
  useEffect(() => {
    // Without a token there is nothing to count down.
    client.accessToken().then((token) => setClaims(claimsOf(token)), () => {});
  }, [pair]);
  return claims;
}
