import type { AuthError } from "authgate";
import { Notice } from "./Notice.tsx";

/** Why a call failed, in the server's words, and when it makes sense to try again. */
export function Failure({ error }: { error: AuthError | null }) {
  const wait = error?.retryAfter;
  return (
    <Notice tone="bad">{error && `${error.message}${wait ? ` Try again in ${Math.ceil(wait)} seconds.` : ""}`}</Notice>
  );
}
