import { useAuth } from "authgate/react";
import { focusMain } from "../focus.ts";
import { PAGES, usePage } from "../router.ts";
import { Places } from "./Places.tsx";

export function Header() {
  const { client, status, user } = useAuth();
  return (
    <header className="bar">
      <button type="button" className="skip" onClick={focusMain}>
        Skip to the content
      </button>
      <span className="brand">
        <img src="/demo/icon.svg" alt="" width="28" height="28" />
        Authgate
      </span>
      {status === "signed-in" && <Nav />}
      <div className="account">
        <Places />
        {status === "signed-in" && (
          <>
            <span className="who">{user?.username}</span>
            {/* The tokens are gone even if the server could not be told. */}
            <button type="button" className="plain" onClick={() => void client.logout().catch(() => {})}>
              Sign out
            </button>
          </>
        )}
      </div>
    </header>
  );
}

function Nav() {
  const page = usePage();
  return (
    <nav aria-label="Pages">
      {Object.entries(PAGES).map(([name, title]) => (
        <a key={name} href={`#/${name}`} aria-current={name === page ? "page" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
