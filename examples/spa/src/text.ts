const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const times = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false });

export const moment = (iso: string): string => moments.format(new Date(iso));

export const timeOfDay = (ms: number): string => times.format(ms);

/** 75 -> "1:15". */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
