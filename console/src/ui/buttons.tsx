import type { ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components";
import { Key, useKeys } from "./keys.tsx";

export interface ViewerStep {
  readonly action: string;
  readonly allowed: boolean;
  readonly because: string | null;
  /** What alone stands in its way, such as a sign-in of a short time ago, which is asked for when it is taken. */
  readonly needs?: string | null;
}

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress?: () => void;
  readonly type?: "button" | "submit";
  /** One primary button a form; `danger` takes something away. */
  readonly look?: "primary" | "danger" | "quiet";
  readonly isDisabled?: boolean;
  /** A key that does the same, shown on the button. */
  readonly k?: string;
  readonly "aria-label"?: string;
  readonly "aria-expanded"?: boolean;
  readonly "aria-pressed"?: boolean;
  readonly className?: string;
}

const NO_KEYS = {};

/** A button. With `k` its key works as long as it is there. */
export function Button({
  children,
  k,
  look,
  className = "",
  onPress,
  isDisabled = false,
  type = "button",
  ...rest
}: ButtonProps) {
  useKeys(
    k === undefined || isDisabled || onPress === undefined
      ? NO_KEYS
      : { [k]: { words: rest["aria-label"] ?? (typeof children === "string" ? children : "Do it"), run: onPress } },
  );
  return (
    <AriaButton
      {...rest}
      type={type}
      isDisabled={isDisabled}
      className={`button ${look ?? ""} ${className}`}
      {...(onPress && { onPress })}
    >
      {children}
      {k !== undefined && <Key of={k} />}
    </AriaButton>
  );
}

/** The step that a case offers under this name; undefined: there is none now. */
export const stepOf = (viewerMay: readonly ViewerStep[], action: string): ViewerStep | undefined =>
  viewerMay.find((step) => step.action === action);

/** A button for a step of a case: there only if the case has it, and where I may not take it, the reason stands in its place. */
export function StepButton({ step, ...rest }: ButtonProps & { readonly step: ViewerStep | undefined }) {
  if (step === undefined) return null;
  if (!step.allowed && step.needs == null) return <p className="because">{step.because}</p>;
  return <Button {...rest} />;
}
