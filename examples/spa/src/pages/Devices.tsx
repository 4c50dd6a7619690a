import { AuthError, type Device } from "authgate";
import { useState } from "react";
import { client } from "../client.ts";
import { focusMain } from "../focus.ts";
import { Failure } from "../parts/Failure.tsx";
import { Notice } from "../parts/Notice.tsx";
import { moment } from "../text.ts";
import { useLoaded } from "../useLoaded.ts";

const load = (signal: AbortSignal) => client.sessions({ limit: 20, signal });

export function Devices() {
  const { error, reload, value } = useLoaded(load);
  const [refusal, setRefusal] = useState<AuthError | null>(null);
  const [done, setDone] = useState("");
  const end = async (ending: Promise<void>, message: string) => {
    const failure = await ending.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (failure && !(failure instanceof AuthError)) throw failure;
    setRefusal(failure as AuthError | null);
    setDone(failure ? "" : message);
    reload();
    focusMain(); // the button is gone
  };
  const devices = value?.sessions ?? [];
  return (
    <>
      <div className="title">
        <h1>Devices</h1>
        {devices.length > 1 && (
          <button
            type="button"
            className="plain"
            onClick={() => void end(client.endOtherSessions(), "All others are signed out.")}
          >
            Sign out all others
          </button>
        )}
      </div>
      <Failure error={refusal ?? error} />
      <Notice tone="good">{done}</Notice>
      <ul className="cards">
        {devices.map((device) => (
          <Row
            key={device.sid}
            device={device}
            onEnd={() => void end(client.endSession(device.sid), "That device is signed out.")}
          />
        ))}
      </ul>
      <button type="button" className="link" onClick={reload}>
        Look again
      </button>
    </>
  );
}

function Row({ device, onEnd }: { device: Device; onEnd: () => void }) {
  const { current, created_at, ip_address, last_used_at, sid } = device;
  const name = device.device || "Unknown device";
  return (
    <li className="card row">
      <div>
        <h2>
          {name} {current && <span className="badge">this one</span>}
        </h2>
        <p className="quiet">
          {ip_address} · signed in {moment(created_at)} · last used {moment(last_used_at)}
        </p>
      </div>
      {!current && (
        <button
          type="button"
          className="plain"
          onClick={onEnd}
          aria-label={`Sign out ${name}, session ${sid.slice(0, 8)}`}
        >
          Sign out
        </button>
      )}
    </li>
  );
}
