import type { ReactNode } from "react";

/** Something to try: what it shows, and a button. */
export function Scene({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <li>
      <div>
        <h3>{title}</h3>
        <p>{text}</p>
      </div>
      {children}
    </li>
  );
}
