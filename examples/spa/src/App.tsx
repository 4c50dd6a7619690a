import { useEffect } from "react";
import { client } from "./client.ts";
import { Devices } from "./pages/Devices.tsx";
import { History } from "./pages/History.tsx";
import { Overview } from "./pages/Overview.tsx";
import { Password } from "./pages/Password.tsx";
import { Welcome } from "./pages/Welcome.tsx";
import { Header } from "./parts/Header.tsx";
import { Log } from "./parts/Log.tsx";
import { PAGES, usePage } from "./router.ts";
import { useAuth } from "./useAuth.ts";

const VIEWS = { overview: Overview, devices: Devices, history: History, password: Password };

export function App() {
  const { status } = useAuth();
  const page = usePage();
  const View = VIEWS[page];
  useEffect(() => {
    // Without an answer the page stays as it is; the log shows the attempt.
    client.ready().catch(() => {});
  }, []);
  useEffect(() => {
    document.title = status === "signed-in" ? `${PAGES[page]} · Authgate` : "Authgate";
  }, [page, status]);
  return (
    <>
      <Header />
      <div className="frame">
        <main id="main" tabIndex={-1}>
          {status === "unknown" && <p className="quiet">One moment …</p>}
          {status === "signed-out" && <Welcome />}
          {status === "signed-in" && <View />}
        </main>
        <Log />
      </div>
    </>
  );
}
