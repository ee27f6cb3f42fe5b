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
import { knowForm, mayLeave } from "./halfFilled.ts";
import { placed } from "./problemPath.ts";

interface ShownField {
  readonly name: string | undefined;
  readonly value: unknown;
  /** What was in it before somebody put something in that is not sent. */
  before?: { readonly value: unknown } | undefined;
  /** What is looked up about it; a form is sent when that is known. */
  underWay?: Promise<unknown> | undefined;
}

type Field = { current: ShownField };
const isUnsent = ({ current: { before, value } }: Field): boolean =>
  before !== undefined && JSON.stringify(before.value) !== JSON.stringify(value);

/** The fields that a form shows now, and what was put into them that is not sent. */
function fieldsOfForm() {
  const shown = new Set<Field>();
  let sent: ReadonlyMap<Field, ShownField["before"]> | null = null;
  return {
    shown,
    isHalfFilled: () => [...shown].some(isUnsent),
    /** It is sent, or given up. */
    letGo() {
      sent = new Map([...shown].map((field) => [field, field.current.before]));
      for (const { current } of shown) current.before = undefined;
    },
    /** It was not taken. False: nothing was sent. */
    takeBack(): boolean {
      if (sent === null) return false;
      for (const [{ current }, before] of sent) current.before ??= before;
      sent = null;
      return true;
    },
  };
}
const Shown = createContext(new Set<Field>());

/** Lets the form know a field, and what somebody puts in by the `onChange` that is returned; what the service finds wrong with it. */
export function useFormField<V>({
  name,
  value,
  onChange,
}: {
  readonly name?: string | undefined;
  readonly value: V;
  readonly onChange: (value: V) => void;
}) {
  const shown = useContext(Shown);
  const field = useRef<ShownField>({ name, value });
  field.current = { ...field.current, name, value };
  useEffect(() => {
    shown.add(field);
    return () => {
      shown.delete(field);
    };
  }, [shown]);
  const found = useContext(FormValidationContext)[name ?? ""];
  return {
    problem: found === undefined ? undefined : [found].flat().join(" "),
    onChange: (next: V) => {
      field.current.before ??= { value };
      onChange(next);
    },
    /** Lets the form wait for what is looked up about what was put in. */
    waitFor: (underWay: Promise<unknown>) => {
      field.current.underWay = underWay;
      void underWay.finally(() => {
        if (field.current.underWay === underWay) field.current.underWay = undefined;
      });
    },
  };
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
  /** False: it could not be sent. */
  readonly onSubmit: () => unknown;
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
  /** What is in its fields stands in the address: nothing of it is lost by leaving. */
  readonly isInLink?: boolean;
}

/**
 * The one form: what is missing, and what the service refuses, stands at its field, and the first of these has the focus. What was typed stays, a second
 * press does nothing twice, and nobody leaves it half-filled without being asked, by Cancel neither.
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
  isInLink = false,
}: FormProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [{ shown, isHalfFilled, letGo, takeBack }] = useState(fieldsOfForm);
  const [answered, setAnswered] = useState<ApiError | null>(null);
  const refused = error === answered ? null : error;
  const { at, left } = useMemo(
    () =>
      placed(
        refused?.problems ?? [],
        [...shown].flatMap(({ current: { name } }) => name ?? []),
      ),
    [refused, shown],
  );
  // A form that opens, and takes the focus, is not left below the edge of its panel.
  useEffect(() => {
    if (form.current?.contains(document.activeElement) !== true) return;
    form.current.scrollIntoView({ block: "nearest" });
    document.activeElement?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(
    () => (isInLink ? undefined : knowForm({ element: () => form.current, isHalfFilled })),
    [isHalfFilled, isInLink],
  );
  const isWaiting = useRef(false);
  useEffect(() => {
    if (refused === null || !takeBack()) return;
    // The first invalid field takes the focus by React Aria's own validation.
    if (form.current?.checkValidity() === true)
      form.current.querySelector(".failed")?.scrollIntoView({ block: "nearest" });
  }, [refused, takeBack]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isRunning || isDisabled || isWaiting.current) return;
    const underWay = [...shown].flatMap(({ current }) => current.underWay ?? []);
    if (underWay.length > 0) {
      isWaiting.current = true;
      void Promise.allSettled(underWay).then(() => {
        isWaiting.current = false;
        form.current?.requestSubmit();
      });
      return;
    }
    // What the service refused is the service's to judge anew; what is missing is said here.
    flushSync(() => setAnswered(error));
    if (form.current?.checkValidity() !== true) return;
    letGo();
    if (onSubmit() === false) takeBack();
  };
  const cancel = async () => {
    if (!(await mayLeave(form.current))) return;
    letGo();
    onCancel?.();
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
          <Button look="quiet" onPress={cancel}>
            Cancel
          </Button>
        )}
      </div>
    </form>
  );
}
