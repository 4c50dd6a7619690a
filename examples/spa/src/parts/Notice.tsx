/** What happened, read out by screen readers as it appears. The box is always there: only then is it announced. */
export function Notice({ tone, children }: { tone: "good" | "bad"; children: string | null | false }) {
  return (
    <div role={tone === "bad" ? "alert" : "status"}>{children && <p className={`notice ${tone}`}>{children}</p>}</div>
  );
}
