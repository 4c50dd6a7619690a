export { type Auth, AuthProvider, type AuthProviderProps, useAuth } from "./context.tsx";
export { LoginForm, type LoginFormProps } from "./login-form.tsx";
export { type Problems, problemsOf } from "./problems.ts";
export { RegisterForm, type RegisterFormProps } from "./register-form.tsx";
export { RequireAuth, type RequireAuthProps } from "./require-auth.tsx";
