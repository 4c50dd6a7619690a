import { client } from "../client.ts";
import { useForm } from "../useForm.ts";
import { Failure } from "./Failure.tsx";
import { Field } from "./Field.tsx";

export function SignIn() {
  const { error, onSubmit, pending, problems } = useForm(({ username = "", password = "" }) =>
    client.login(username, password),
  );
  return (
    <form onSubmit={onSubmit} aria-label="Sign in">
      <Failure error={error} />
      <Field
        label="Username or e-mail"
        name="username"
        autoComplete="username"
        required
        autoCapitalize="none"
        problem={problems.username}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        problem={problems.password}
      />
      <button type="submit" disabled={pending}>
        {pending ? "Signing in …" : "Sign in"}
      </button>
    </form>
  );
}
