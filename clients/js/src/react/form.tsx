import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { NO_PROBLEMS, type Problems, problemsOf } from "./problems.ts";

export interface FieldProps {
  name: string;
  label: string;
  type?: string;
  autoComplete: string;
}

export interface AuthFormProps {
  fields: FieldProps[];
  submit: string;
  busyText: string;
  /** Called with the values by field name. What it rejects with is shown. */
  onSubmit: (values: Record<string, string>) => Promise<void>;
  className?: string | undefined;
  children?: ReactNode;
}

/** An unstyled form: labels, messages tied to their fields and announced, focus on the first field that is wrong. */
export function AuthForm({ fields, submit, busyText, onSubmit, className, children }: AuthFormProps) {
  const { busy, problems, form, handle } = useSubmit(onSubmit);
  return (
    <form ref={form} className={className} onSubmit={handle} noValidate aria-busy={busy}>
      <p role="alert">{problems.form}</p>
      {fields.map((field) => (
        <Field key={field.name} {...field} problem={problems.fields[field.name]} />
      ))}
      {children}
      <button type="submit" aria-disabled={busy}>
        {busy ? busyText : submit}
      </button>
    </form>
  );
}

function Field({ name, label, type = "text", autoComplete, problem }: FieldProps & { problem: string | undefined }) {
  const id = useId();
  const described = problem ? { "aria-invalid": true, "aria-describedby": `${id}-problem` } : {};
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input id={id} name={name} type={type} autoComplete={autoComplete} required {...described} />
      {problem && <p id={`${id}-problem`}>{problem}</p>}
    </div>
  );
}

function useSubmit(onSubmit: AuthFormProps["onSubmit"]) {
  const form = useRef<HTMLFormElement>(null);
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Problems>(NO_PROBLEMS);

  useEffect(() => {
    if (problems !== NO_PROBLEMS) focusFirstInvalid(form.current);
  }, [problems]);

  const handle = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (running.current) return; // a second press while the first is under way
    running.current = true;
    setBusy(true);
    setProblems(NO_PROBLEMS);
    await onSubmit(valuesOf(event.currentTarget)).catch((error: unknown) => setProblems(problemsOf(error)));
    running.current = false;
    setBusy(false);
  };
  return { busy, problems, form, handle };
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

function focusFirstInvalid(form: HTMLFormElement | null): void {
  const field = form?.querySelector<HTMLElement>("[aria-invalid=true]") ?? form?.querySelector<HTMLElement>("input");
  field?.focus();
}
