import { useAuth } from "./context.tsx";
import { type AccountFormProps, AuthForm } from "./form.tsx";

const TEXTS = {
  username: "Username",
  email: "E-mail",
  password: "Password",
  password_confirm: "Password again",
  submit: "Create account",
  busy: "Creating account…",
  missing: "Please fill this in.",
};

export type RegisterFormProps = AccountFormProps<typeof TEXTS>;

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
    <AuthForm fields={fields} text={text} onSubmit={register} className={className}>
      {children}
    </AuthForm>
  );
}
