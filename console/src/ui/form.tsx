import { createContext, type FormEvent, type ReactNode, useContext, useId } from "react";
import type { ApiError, Problem } from "../transport/apiError.ts";
import { Button } from "./buttons.tsx";
import { Failed } from "./feedback.tsx";
import { isAt } from "./problemPath.ts";

const Problems = createContext<readonly Problem[]>([]);

/** What the service finds wrong with a field, which it calls so. */
export const useProblem = (field: string | undefined): string | undefined => {
  const problems = useContext(Problems);
  if (field === undefined) return undefined;
  return (
    problems
      .filter(({ path }) => isAt(path, field))
      .map(({ message }) => message)
      .join(" ") || undefined
  );
};

interface FormProps {
  readonly children: ReactNode;
  readonly onSubmit: () => void;
  /** What the button says: the act, such as "Withdraw consent". */
  readonly submit: string;
  readonly look?: "primary" | "danger";
  readonly isRunning?: boolean;
  readonly error?: ApiError | null;
  readonly onCancel?: () => void;
  readonly isDisabled?: boolean;
  /** Beside the button. */
  readonly more?: ReactNode;
  readonly label?: string;
}

/** The one form: problems of the service stand at their fields, what was typed stays, a second press does nothing twice. */
export function Form({
  children,
  onSubmit,
  submit,
  look = "primary",
  isRunning = false,
  error = null,
  onCancel,
  isDisabled = false,
  more,
  label,
}: FormProps) {
  const id = useId();
  const problems = error?.problems ?? [];
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!isRunning && !isDisabled) onSubmit();
  };
  return (
    <form
      id={id}
      className="form"
      onSubmit={send}
      aria-label={label}
      // A field that the service refused counts as invalid until it answers again: the browser would not send what was mended.
      noValidate={problems.length > 0}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      }}
    >
      <Problems.Provider value={problems}>{children}</Problems.Provider>
      {error !== null && <Failed error={error} />}
      <div className="form-end">
        <Button type="submit" look={look} isDisabled={isDisabled || isRunning}>
          {isRunning ? "Working…" : submit}
        </Button>
        {more}
        {onCancel !== undefined && (
          <Button look="quiet" onPress={onCancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}
