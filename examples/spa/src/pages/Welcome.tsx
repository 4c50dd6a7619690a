import type { SignOutReason } from "authgate";
import { LoginForm, RegisterForm } from "authgate/react";
import { useState } from "react";
import { ending } from "../changes.ts";
import { Notice } from "../parts/Notice.tsx";
import { useStore } from "../store.ts";

const REASONS: Record<SignOutReason, string> = {
  logout: "You are signed out.",
  "other-tab": "You were signed out in another tab.",
  "session-ended":
    "The server ended your session: on another device, or because an old refresh token was used, as a thief would. Please sign in again.",
  cleared: "",
  nobody: "",
};

export function Welcome() {
  const reason = useStore(ending);
  const said = reason && REASONS[reason];
  const [isNew, setNew] = useState(false);
  return (
    <section className="welcome">
      <Notice tone={reason === "session-ended" ? "bad" : "good"}>{said}</Notice>
      {!said && (
        <p className="quiet">
          Create an account on this server, then try to lose the session: with a second tab, without a network, as a
          thief.
        </p>
      )}
      <div className="card">
        <h1>{isNew ? "Create an account" : "Sign in"}</h1>
        <p className="quiet">
          {isNew ? "Have one already?" : "New here?"}{" "}
          <button type="button" className="link" onClick={() => setNew(!isNew)}>
            {isNew ? "Sign in instead" : "Create an account"}
          </button>
        </p>
        {isNew ? (
          <RegisterForm texts={{ submit: "Create the account", busy: "Creating the account …" }} />
        ) : (
          <LoginForm texts={{ submit: "Sign in", busy: "Signing in …" }} />
        )}
      </div>
    </section>
  );
}
