import type { ReactNode } from "react";
import type { ApiError } from "../transport/apiError.ts";
import { Button } from "./buttons.tsx";

const TITLES: Readonly<Record<string, string>> = {
  FORBIDDEN: "Not with your sign-in",
  NOT_FOUND: "It is not there",
  CONFLICT: "It has changed meanwhile",
  NETWORK: "No answer",
  UNAUTHENTICATED: "Your sign-in has ended",
  BAD_USER_INPUT: "Something is missing or wrong",
  LIMIT_EXCEEDED: "That is too much at once",
};

const titleOf = (code: string): string =>
  TITLES[code] ?? (code.endsWith("_UNAVAILABLE") ? "Not at the moment" : "That did not work");

/** The service's sentence, and its code for whoever is asked about it. `shown`: problems that already stand at their fields. */
export function Failed({
  error,
  retry,
  shown = 0,
}: {
  readonly error: ApiError;
  readonly retry?: () => void;
  readonly shown?: number;
}) {
  const problems = error.problems.length > 1 || error.problems[0]?.message !== error.message ? error.problems : [];
  return (
    <div className="failed" role="alert">
      <strong>{titleOf(error.code)}</strong>
      <p>{error.message}</p>
      {problems.length > shown && (
        <ul>
          {problems.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path !== "" && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      )}
      <p className="muted">
        <code>{error.code}</code>
      </p>
      {retry !== undefined && <Button onPress={retry}>Ask again</Button>}
    </div>
  );
}

/** Nothing is there: what that means, and what was looked at or what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}

export function Loading({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div role="status" aria-label="Loading" className="loading">
      {Array.from({ length: rows }, (_, i) => `line ${i}`).map((line) => (
        <div key={line} className="skeleton" />
      ))}
    </div>
  );
}

/** Something to know beside what is asked. */
export const Note = ({
  children,
  tone = "plain",
}: {
  readonly children: ReactNode;
  readonly tone?: "plain" | "warn";
}) => <div className={`note ${tone}`}>{children}</div>;

/** How far something long has come, from 0 to 1; null: not known. */
export function Progress({ label, part }: { readonly label: string; readonly part: number | null }) {
  return (
    <div className="progress">
      <label>
        {label} <progress {...(part !== null && { value: part })} max={1} />
      </label>
    </div>
  );
}
