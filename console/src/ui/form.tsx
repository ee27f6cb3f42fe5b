import {
  createContext,
  type FormEvent,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { FormValidationContext } from "react-aria-components";
import { flushSync } from "react-dom";
import type { ApiError } from "../transport/apiError.ts";
import { Button } from "./buttons.tsx";
import { Failed } from "./feedback.tsx";
import { placed } from "./problemPath.ts";

/** The names of the fields that a form shows now. */
const Shown = createContext<Set<{ readonly name: string }>>(new Set());

/** Lets the form know that a field of this name is there; what the service finds wrong with it. */
export function useProblem(name: string | undefined): string | undefined {
  const shown = useContext(Shown);
  useEffect(() => {
    if (name === undefined) return;
    const entry = { name };
    shown.add(entry);
    return () => {
      shown.delete(entry);
    };
  }, [name, shown]);
  const found = useContext(FormValidationContext)[name ?? ""];
  return found === undefined ? undefined : [found].flat().join(" ");
}

/** What is typed into a form: its fields by the names that the service has for them, `<TextField {...field("title")} />`. */
export function useFields<V extends object>(initial: V) {
  const [values, setValues] = useState(initial);
  const set = (change: Partial<V>) => setValues((old) => ({ ...old, ...change }));
  const field = <N extends keyof V & string>(name: N) => ({
    name,
    value: values[name],
    onChange: (value: V[N]) => setValues((old) => ({ ...old, [name]: value })),
  });
  return [values, field, set] as const;
}

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

/**
 * The one form: what is missing, and what the service refuses, stands at its field, and the first of these has the focus. What was typed stays, a second
 * press does nothing twice.
 */
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
  const form = useRef<HTMLFormElement>(null);
  const [shown] = useState(() => new Set<{ readonly name: string }>());
  const [answered, setAnswered] = useState<ApiError | null>(null);
  const isSent = useRef(false);
  const refused = error === answered ? null : error;
  const { at, left } = useMemo(
    () =>
      placed(
        refused?.problems ?? [],
        [...shown].map(({ name }) => name),
      ),
    [refused, shown],
  );
  useEffect(() => {
    if (refused === null || !isSent.current) return;
    isSent.current = false;
    // The first invalid field takes the focus by React Aria's own validation.
    if (form.current?.checkValidity() === true)
      form.current.querySelector(".failed")?.scrollIntoView({ block: "nearest" });
  }, [refused]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isRunning || isDisabled) return;
    // What the service refused is the service's to judge anew; what is missing is said here.
    flushSync(() => setAnswered(error));
    if (form.current?.checkValidity() !== true) return;
    isSent.current = true;
    onSubmit();
  };
  return (
    <form
      ref={form}
      id={id}
      className="form"
      onSubmit={send}
      aria-label={label}
      noValidate
      onInput={({ target }) => {
        // What is mended is no longer said, and nothing moves under the pointer when the field is left.
        if (target instanceof HTMLElement && target.getAttribute("aria-invalid") === "true")
          target.dispatchEvent(new Event("change"));
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
      }}
    >
      <FormValidationContext.Provider value={at}>
        <Shown.Provider value={shown}>{children}</Shown.Provider>
      </FormValidationContext.Provider>
      {refused !== null && (refused.problems.length === 0 || left.length > 0) && <Failed error={refused} left={left} />}
      <p className="form-needs muted small">* must be filled in</p>
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
