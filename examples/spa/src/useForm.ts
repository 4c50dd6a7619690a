import { AuthError } from "authgate";
import { type FormEvent, useEffect, useRef, useState } from "react";

/** Sends a form by `send`. After a refusal the first bad field gets the focus. */
export function useForm(send: (fields: Record<string, string>) => Promise<unknown>) {
  const form = useRef<HTMLFormElement>(null);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<AuthError | null>(null);

  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [error]);

  async function submit(fields: Record<string, string>): Promise<void> {
    setPending(true);
    setError(null);
    const failure = await send(fields).then(
      () => null,
      (reason: unknown) => reason,
    );
    setPending(false);
    if (failure && !(failure instanceof AuthError)) throw failure;
    setError(failure as AuthError | null);
    if (!failure) form.current?.reset();
  }

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void submit(Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>);
  };
  return { form, pending, error, onSubmit };
}
