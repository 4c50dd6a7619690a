import { AuthProvider, RequireAuth, useAuth } from "authgate/react";
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

const VIEWS = { overview: Overview, devices: Devices, history: History, password: Password };

export function App() {
  const page = usePage();
  const View = VIEWS[page];
  return (
    <AuthProvider client={client}>
      <Title />
      <Header />
      <div className="frame">
        <main id="main" tabIndex={-1}>
          <RequireAuth pending={<p className="quiet">One moment …</p>} fallback={<Welcome />}>
            <View />
          </RequireAuth>
        </main>
        <Log />
      </div>
    </AuthProvider>
  );
}

function Title() {
  const { status } = useAuth();
  const page = usePage();
  useEffect(() => {
    document.title = status === "signed-in" ? `${PAGES[page]} · Authgate` : "Authgate";
  }, [page, status]);
  return null;
}
