import { client } from "../client.ts";
import { Failure } from "../parts/Failure.tsx";
import { moment } from "../text.ts";
import { useLoaded } from "../useLoaded.ts";

const load = (signal: AbortSignal) => client.loginHistory({ limit: 20, signal });

export function History() {
  const { error, reload, value } = useLoaded(load);
  return (
    <>
      <div className="title">
        <h1>Login history</h1>
        <button type="button" className="plain" onClick={reload}>
          Look again
        </button>
      </div>
      <Failure error={error} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="card scroll" tabIndex={0} aria-label="Logins">
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Device</th>
              <th scope="col">Address</th>
              <th scope="col">Result</th>
            </tr>
          </thead>
          <tbody>
            {value?.entries.map((entry) => (
              <tr key={`${entry.login_time} ${entry.reason}`}>
                <td>{moment(entry.login_time)}</td>
                <td>{entry.device || "Unknown"}</td>
                <td>{entry.ip_address}</td>
                <td className={entry.is_successful ? "good" : "bad"}>
                  {entry.is_successful ? "signed in" : entry.reason.replaceAll("_", " ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
