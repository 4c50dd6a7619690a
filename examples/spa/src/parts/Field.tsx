import type { InputHTMLAttributes } from "react";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  label: string;
  problem?: string | undefined;
  hint?: string;
}

export function Field({ label, problem, hint, ...input }: Props) {
  const id = `field-${input.name}`;
  const said = problem ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...input} id={id} aria-invalid={problem ? true : undefined} aria-describedby={said && `${id}-said`} />
      {said && (
        <p className={problem ? "problem" : "hint"} id={`${id}-said`}>
          {said}
        </p>
      )}
    </div>
  );
}
