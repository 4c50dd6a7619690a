const LONGEST = 2000; // characters

/** The text of `{"type": "message", "text": ...}`; null for everything else. */
export function readText(message) {
  const { type, text } = parse(message) ?? {};
  return type === "message" && typeof text === "string" && text.length <= LONGEST ? text : null;
}

function parse(message) {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}
