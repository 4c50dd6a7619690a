import { useAuth } from "./context.tsx";
import { type AccountFormProps, AuthForm } from "./form.tsx";

const TEXTS = {
  username: "Username or e-mail",
  password: "Password",
  submit: "Log in",
  busy: "Logging in…",
  missing: "Please fill this in.",
};

export type LoginFormProps = AccountFormProps<typeof TEXTS>;

export function LoginForm({ onSuccess, texts, className, children }: LoginFormProps) {
  const { client } = useAuth();
  const text = { ...TEXTS, ...texts };
  const fields = [
    { name: "username", label: text.username, autoComplete: "username", autoCapitalize: "none" },
    { name: "password", label: text.password, type: "password", autoComplete: "current-password" },
  ];
  const logIn = async ({ username = "", password = "" }: Record<string, string>) => {
    const body = await client.login(username, password);
    onSuccess?.(body);
  };
  return (
    <AuthForm fields={fields} text={text} onSubmit={logIn} className={className}>
      {children}
    </AuthForm>
  );
}
