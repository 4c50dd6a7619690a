import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { AuthClient, Status, User } from "../core/index.ts";

export interface Auth {
  client: AuthClient;
  status: Status;
  user: User | null;
}

const AGAIN = 5000;

const Context = createContext<Auth | null>(null);

export interface AuthProviderProps {
  client: AuthClient;
  children?: ReactNode;
  /** When it could not be found out who is signed in: the server is away. It is asked again every 5 seconds. */
  onError?: (error: unknown) => void;
}

/** Gives `client` to everything below, and settles who is signed in. */
export function AuthProvider({ client, children, onError }: AuthProviderProps) {
  const status = useSyncExternalStore<Status>(
    client.onChange,
    () => client.status,
    () => "unknown",
  );
  const user = useSyncExternalStore(
    client.onChange,
    () => client.user,
    () => null,
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another handler is no reason to ask again.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGone = false;
    const settle = () =>
      client.ready().catch((error: unknown) => {
        if (isGone) return;
        onError?.(error);
        if (client.status === "unknown") timer = setTimeout(settle, AGAIN);
      });
    settle();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [client]);
  const auth = useMemo(() => ({ client, status, user }), [client, status, user]);
  return <Context.Provider value={auth}>{children}</Context.Provider>;
}

/** Renders again when somebody signs in or out, here or in another tab. Throws outside of an AuthProvider. */
export function useAuth(): Auth {
  const auth = useContext(Context);
  if (!auth) throw new Error("useAuth needs an <AuthProvider client={…}> above it.");
  return auth;
}
