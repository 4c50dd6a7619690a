import { useAuth } from "authgate/react";
import { moment } from "../text.ts";

export function Profile() {
  const { user } = useAuth();
  if (!user) return null;
  const name = [user.first_name, user.last_name].filter(Boolean).join(" ");
  return (
    <section className="card">
      <h2>You</h2>
      <dl>
        <dt>Username</dt>
        <dd>
          {user.username} {user.is_staff && <span className="badge">staff</span>}
        </dd>
        <dt>E-mail</dt>
        <dd>{user.email}</dd>
        {name && (
          <>
            <dt>Name</dt>
            <dd>{name}</dd>
          </>
        )}
        <dt>Member since</dt>
        <dd>{moment(user.date_joined)}</dd>
      </dl>
    </section>
  );
}
