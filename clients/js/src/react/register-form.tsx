import type { ReactNode } from "react";
import type { TokenBody } from "../core/index.ts";
import { useAuth } from "./context.tsx";
import { AuthForm } from "./form.tsx";

const TEXTS = {
  username: "Username",
  email: "E-mail",
  password: "Password",
  password_confirm: "Password again",
  submit: "Create account",
  busy: "Creating account…",
  missing: "Please fill this in.",
};

export interface RegisterFormProps {
  onSuccess?: (body: TokenBody) => void;
  /** In your own language. */
  texts?: Partial<typeof TEXTS>;
  className?: string;
  children?: ReactNode;
}

export function RegisterForm({ onSuccess, texts, className, children }: RegisterFormProps) {
  const { client } = useAuth();
  const text = { ...TEXTS, ...texts };
  const fields = [
    { name: "username", label: text.username, autoComplete: "username", autoCapitalize: "none" },
    { name: "email", label: text.email, type: "email", autoComplete: "email" },
    { name: "password", label: text.password, type: "password", autoComplete: "new-password" },
    { name: "password_confirm", label: text.password_confirm, type: "password", autoComplete: "new-password" },
  ];
  const register = async ({ username = "", email = "", password = "", password_confirm = "" }) => {
    const body = await client.register({ username, email, password, password_confirm });
    onSuccess?.(body);
  };
  return (
    <AuthForm
      fields={fields}
      submit={text.submit}
      busyText={text.busy}
      missing={text.missing}
      onSubmit={register}
      className={className}
    >
      {children}
    </AuthForm>
  );
}
