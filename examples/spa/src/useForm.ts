import { AuthError } from "authgate";
import { type FormEvent, useState } from "react";

export interface Form {
  pending: boolean;
  error: AuthError | null;
  /** The server's message at each field. */
  problems: Record<string, string>;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

/** Sends a form by `send`. Of a refusal the first bad field gets the focus. */
export function useForm(send: (fields: Record<string, string>, form: HTMLFormElement) => Promise<unknown>): Form {
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<AuthError | null>(null);

  async function submit(form: HTMLFormElement): Promise<void> {
    setPending(true);
    try {
      await send(Object.fromEntries(new FormData(form)) as Record<string, string>, form);
      setError(null);
    } catch (refusal) {
      if (!(refusal instanceof AuthError)) throw refusal;
      setError(refusal);
      focusFirst(form, problemsOf(refusal));
    } finally {
      setPending(false);
    }
  }

  return {
    pending,
    error,
    problems: problemsOf(error),
    onSubmit(event) {
      event.preventDefault();
      void submit(event.currentTarget);
    },
  };
}

function problemsOf(error: AuthError | null): Record<string, string> {
  const fields = (error?.details?.fields ?? []) as { field: string; message: string }[];
  return Object.fromEntries(fields.map(({ field, message }) => [field, message]));
}

function focusFirst(form: HTMLFormElement, problems: Record<string, string>): void {
  const first = [...form.elements].find((element) => (element as HTMLInputElement).name in problems);
  (first as HTMLElement | undefined)?.focus();
}
