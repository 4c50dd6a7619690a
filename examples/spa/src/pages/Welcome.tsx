import type { SignOutReason } from "authgate";
import { useState } from "react";
import { Notice } from "../parts/Notice.tsx";
import { SignIn } from "../parts/SignIn.tsx";
import { SignUp } from "../parts/SignUp.tsx";
import { useAuth } from "../useAuth.ts";

const REASONS: Record<SignOutReason, string> = {
  logout: "You are signed out.",
  "other-tab": "You were signed out in another tab.",
  cleared: "",
  nobody: "",
  "session-ended":
    "The server ended your session: on another device, or because an old refresh token was used, as a thief would. Please sign in again.",
};

export function Welcome() {
  const { ended } = useAuth();
  const [isNew, setNew] = useState(false);
  return (
    <section className="welcome">
      <Notice tone={ended === "session-ended" ? "bad" : "good"}>{ended && REASONS[ended]}</Notice>
      <div className="card">
        <h1>{isNew ? "Create an account" : "Sign in"}</h1>
        <p className="quiet">
          {isNew ? "It stays on this machine." : "New here?"}{" "}
          <button type="button" className="link" onClick={() => setNew(!isNew)}>
            {isNew ? "Sign in instead" : "Create an account"}
          </button>
        </p>
        {isNew ? <SignUp /> : <SignIn />}
      </div>
    </section>
  );
}
