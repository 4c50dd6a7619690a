import type { ReactNode } from "react";
import { useAuth } from "./context.tsx";

export interface RequireAuthProps {
  children?: ReactNode;
  /** Shown to whoever is not signed in: a LoginForm, or a redirect. */
  fallback?: ReactNode;
  /** Shown until it is known who is signed in. */
  pending?: ReactNode;
}

/** Decides what is shown, not what is allowed: that is up to the server. */
export function RequireAuth({ children, fallback = null, pending = null }: RequireAuthProps) {
  const { status } = useAuth();
  if (status === "unknown") return pending;
  return status === "signed-in" ? children : fallback;
}
