/** What is wrong with a form: a message for the whole, and one for each field. */
export interface Problems {
  form: string;
  fields: Record<string, string>;
}

export const NO_PROBLEMS: Problems = { form: "", fields: {} };

interface Fault {
  field: string;
  message: string;
}

/** From whatever a call of the client rejected with: `details.fields` of a 422 goes to the fields. */
export function problemsOf(error: unknown): Problems {
  const { details, message, retryAfter } = error as {
    details?: { fields?: Fault[] } | null;
    message?: string;
    retryAfter?: number | null;
  };
  const fields: Record<string, string> = {};
  for (const fault of details?.fields ?? []) fields[fault.field] ??= fault.message;
  const wait = retryAfter ? ` (${retryAfter} s)` : "";
  return { form: `${message ?? String(error)}${wait}`, fields };
}
