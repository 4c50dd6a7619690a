import { AuthError } from "authgate";
import { AuthProvider, RequireAuth, useAuth } from "authgate/react";
import { useEffect, useRef, useState } from "react";
import { client } from "./client.ts";
import { focusMain } from "./focus.ts";
import { Devices } from "./pages/Devices.tsx";
import { History } from "./pages/History.tsx";
import { Overview } from "./pages/Overview.tsx";
import { Password } from "./pages/Password.tsx";
import { Welcome } from "./pages/Welcome.tsx";
import { Failure } from "./parts/Failure.tsx";
import { Header } from "./parts/Header.tsx";
import { Log } from "./parts/Log.tsx";
import { PAGES, usePage } from "./router.ts";

const VIEWS = { overview: Overview, devices: Devices, history: History, password: Password };

export function App() {
  const page = usePage();
  const View = VIEWS[page];
  const [outage, setOutage] = useState<AuthError | null>(null);
  const keep = (error: unknown) => {
    if (!(error instanceof AuthError)) throw error;
    setOutage(error);
  };
  return (
    <AuthProvider client={client} onError={keep}>
      <Title />
      <Focus />
      <Header />
      <div className="frame">
        <main id="main" tabIndex={-1}>
          <RequireAuth pending={<Pending outage={outage} />} fallback={<Welcome />}>
            <View />
          </RequireAuth>
        </main>
        <Log />
      </div>
    </AuthProvider>
  );
}

function Pending({ outage }: { outage: AuthError | null }) {
  return (
    <>
      <p className="quiet">One moment …</p>
      <Failure error={outage} />
    </>
  );
}

/** Signing in or out replaces the page under the keyboard's user: go to its start. */
function Focus() {
  const { status } = useAuth();
  const before = useRef(status);
  useEffect(() => {
    if (before.current !== "unknown" && before.current !== status) focusMain();
    before.current = status;
  }, [status]);
  return null;
}

function Title() {
  const { status } = useAuth();
  const page = usePage();
  useEffect(() => {
    document.title = status === "signed-in" ? `${PAGES[page]} · Authgate` : "Authgate";
  }, [page, status]);
  return null;
}
