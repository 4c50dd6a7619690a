import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { TokenBody } from "../core/index.ts";
import { NO_PROBLEMS, type Problems, problemsOf } from "./problems.ts";

export interface FieldProps {
  name: string;
  label: string;
  type?: string;
  autoComplete: string;
  /** "none" for what is no word: phones begin with a capital letter otherwise. */
  autoCapitalize?: string;
}

/** What the forms say beside their fields' labels. */
interface FormTexts {
  submit: string;
  busy: string;
  /** At a field that was left empty. */
  missing: string;
}

/** What both forms are given. */
export interface AccountFormProps<Texts> {
  onSuccess?: (body: TokenBody) => void;
  /** In your own language. */
  texts?: Partial<Texts>;
  className?: string;
  children?: ReactNode;
}

export interface AuthFormProps {
  fields: FieldProps[];
  text: FormTexts;
  /** Called with the values by field name. What it rejects with is shown. */
  onSubmit: (values: Record<string, string>) => Promise<void>;
  className?: string | undefined;
  children?: ReactNode;
}

/** An unstyled form: labels, messages tied to their fields and announced, focus on the first field that is wrong. */
export function AuthForm({ fields, text, onSubmit, className, children }: AuthFormProps) {
  const { busy, problems, form, handle } = useSubmit(onSubmit, text.missing);
  const names = fields.map(({ name }) => name);
  return (
    <form ref={form} className={className} onSubmit={handle} noValidate aria-busy={busy}>
      <p role="alert">{isAllSaid(problems, names) ? "" : problems.form}</p>
      {fields.map((field) => (
        <Field key={field.name} {...field} problem={problems.fields[field.name]} />
      ))}
      {children}
      <button type="submit" aria-disabled={busy}>
        {busy ? text.busy : text.submit}
      </button>
    </form>
  );
}

function Field({ label, problem, ...input }: FieldProps & { problem: string | undefined }) {
  const id = useId();
  const described = problem ? { "aria-invalid": true, "aria-describedby": `${id}-problem` } : {};
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input type="text" {...input} {...described} id={id} required spellCheck={false} />
      {problem && <p id={`${id}-problem`}>{problem}</p>}
    </div>
  );
}

function useSubmit(onSubmit: AuthFormProps["onSubmit"], missing: string) {
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
    const values = valuesOf(event.currentTarget);
    const empty = Object.keys(values).filter((name) => !values[name]);
    if (empty.length)
      return setProblems({ form: "", fields: Object.fromEntries(empty.map((name) => [name, missing])) });
    running.current = true;
    setBusy(true);
    setProblems(NO_PROBLEMS);
    await onSubmit(values).catch((error: unknown) => setProblems(problemsOf(error)));
    running.current = false;
    setBusy(false);
  };
  return { busy, problems, form, handle };
}

/** Whether every message stands at a field that is shown: one for the whole would add nothing. */
function isAllSaid({ fields }: Problems, names: string[]): boolean {
  const said = Object.keys(fields);
  return said.length > 0 && said.every((name) => names.includes(name));
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

function focusFirstInvalid(form: HTMLFormElement | null): void {
  const field = form?.querySelector<HTMLElement>("[aria-invalid=true]") ?? form?.querySelector<HTMLElement>("input");
  field?.focus();
}
