import { client } from "../client.ts";
import { useForm } from "../useForm.ts";
import { Failure } from "./Failure.tsx";
import { Field } from "./Field.tsx";

export function SignUp() {
  const { error, onSubmit, pending, problems } = useForm(({ username = "", email = "", password = "" }) =>
    client.register({ username, email, password }),
  );
  return (
    <form onSubmit={onSubmit} aria-label="Create an account">
      <Failure error={error} />
      <Field
        label="Username"
        name="username"
        autoComplete="username"
        required
        autoCapitalize="none"
        problem={problems.username}
      />
      <Field label="E-mail" name="email" type="email" autoComplete="email" required problem={problems.email} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        hint="Ten characters or more; a few words are easiest to keep in mind."
        problem={problems.password}
      />
      <button type="submit" disabled={pending}>
        {pending ? "Creating …" : "Create the account"}
      </button>
    </form>
  );
}
