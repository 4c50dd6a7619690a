import { PLACES, place } from "../client.ts";

/** Where the tokens are kept. A choice loads the page anew: a client keeps to one place. */
export function Places() {
  return (
    <label className="places">
      <span>Tokens in</span>
      <select value={place} onChange={(event) => location.assign(`?tokens=${event.target.value}`)}>
        {Object.entries(PLACES).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}
