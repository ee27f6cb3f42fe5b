import type { ReactNode } from "react";
import type { ApiError, Problem } from "../transport/apiError.ts";
import { Button } from "./buttons.tsx";
import { problemWords } from "./problemPath.ts";

const TITLES: Readonly<Record<string, string>> = {
  FORBIDDEN: "Not with your sign-in",
  NOT_FOUND: "It is not there",
  CONFLICT: "It has changed meanwhile",
  NETWORK: "No answer",
  NEW_VERSION: "A new version is there",
  UNAUTHENTICATED: "You are not signed in",
  BAD_USER_INPUT: "Something is missing or wrong",
  LIMIT_EXCEEDED: "That is too much at once",
};

const titleOf = (code: string): string =>
  TITLES[code] ?? (code.endsWith("_UNAVAILABLE") ? "Not at the moment" : "That did not work");

/** What the service says against it. `left`: of its problems those that stand nowhere else. */
export function Failed({
  error,
  retry,
  left = error.problems,
}: {
  readonly error: ApiError;
  readonly retry?: () => void;
  readonly left?: readonly Problem[];
}) {
  const said = error.problems.length === 0 ? [error.message] : [...new Set(left.map(problemWords))];
  return (
    <div className="failed" role="alert">
      <strong>{titleOf(error.code)}</strong>
      {said.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {TITLES[error.code] === undefined && (
        <p className="muted">
          <code>{error.code}</code>
        </p>
      )}
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
