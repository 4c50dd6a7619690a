import { problemsOf, useAuth } from "authgate/react";
import { useState } from "react";
import { client } from "../client.ts";
import { Failure } from "../parts/Failure.tsx";
import { Field } from "../parts/Field.tsx";
import { Notice } from "../parts/Notice.tsx";
import { useForm } from "../useForm.ts";

export function Password() {
  const { user } = useAuth();
  const [isDone, setDone] = useState(false);
  const { error, form, onSubmit, pending } = useForm(async (fields) => {
    setDone(false);
    await client.changePassword(fields.old_password ?? "", fields.new_password ?? "", fields.new_password_confirm);
    setDone(true);
  });
  const problems = error ? problemsOf(error).fields : {};
  return (
    <>
      <h1>Change the password</h1>
      <form ref={form} className="card narrow" onSubmit={onSubmit} aria-label="Change the password">
        <Notice tone="good">{isDone && "Changed. Your other devices are signed out; this one goes on."}</Notice>
        <Failure error={Object.keys(problems).length ? null : error} />
        {/* For password managers: they look for a text field. */}
        <input type="text" name="username" autoComplete="username" value={user?.username ?? ""} readOnly hidden />
        <Field
          label="Present password"
          name="old_password"
          type="password"
          autoComplete="current-password"
          required
          problem={problems.old_password}
        />
        <Field
          label="New password"
          name="new_password"
          type="password"
          autoComplete="new-password"
          required
          problem={problems.new_password}
        />
        <Field
          label="New password again"
          name="new_password_confirm"
          type="password"
          autoComplete="new-password"
          required
          problem={problems.new_password_confirm}
        />
        <button type="submit" disabled={pending}>
          {pending ? "Changing …" : "Change"}
        </button>
      </form>
    </>
  );
}
