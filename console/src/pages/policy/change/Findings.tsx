import { Note } from "../../../ui/feedback.tsx";

interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly narrowing: string;
}

/** What the lint finds, and how to mend it. What it would refuse needs a justification. */
export function Findings({ of }: { readonly of: readonly Finding[] }) {
  return (
    <>
      {of.map(({ code, message, narrowing, severity }) => (
        <Note key={`${code} ${message}`} tone="warn">
          {severity === "REFUSE" && <strong>Needs a justification. </strong>}
          {message} <span>{narrowing}</span>
        </Note>
      ))}
    </>
  );
}
