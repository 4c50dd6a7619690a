import { AuthError } from "authgate";
import { useCallback, useEffect, useState } from "react";

interface Outcome<T> {
  value: T | null;
  error: AuthError | null;
}

/** What `load` answers, asked for when the component appears and by `reload`. `load` must not change between renders. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): Outcome<T> & { reload: () => void } {
  const [turn, setTurn] = useState(0);
  const [outcome, setOutcome] = useState<Outcome<T>>({ value: null, error: null });
  useEffect(() => {
    const left = new AbortController();
    load(left.signal).then(
      (value) => setOutcome({ value, error: null }),
      (error: unknown) => {
        if (error instanceof AuthError) setOutcome((before) => ({ ...before, error }));
        else if (!left.signal.aborted) throw error;
      },
    );
    return () => left.abort();
  }, [load, turn]);
  return { ...outcome, reload: useCallback(() => setTurn((count) => count + 1), []) };
}
