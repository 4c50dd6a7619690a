import type { InputHTMLAttributes } from "react";

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  name: string;
  label: string;
  problem: string | undefined;
}

/** As the forms of authgate/react have them. */
export function Field({ label, problem, ...input }: Props) {
  const id = `field-${input.name}`;
  const invalid = problem ? { "aria-invalid": true, "aria-describedby": `${id}-problem` } : {};
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input {...input} {...invalid} id={id} />
      {problem && <p id={`${id}-problem`}>{problem}</p>}
    </div>
  );
}
