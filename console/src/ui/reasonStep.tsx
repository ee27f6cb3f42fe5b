import { type ReactNode, useState } from "react";
import type { Act } from "../api/useAsk.ts";
import { Button, StepButton, type ViewerStep } from "./buttons.tsx";
import { ReasonField } from "./fields.tsx";
import { Form, useFields } from "./form.tsx";

interface ReasonFormProps {
  readonly act: Act<unknown, { readonly id: string; readonly reason: string }>;
  readonly id: string;
  /** What it does: "Lift the hold". */
  readonly submit: string;
  readonly look?: "primary" | "danger";
  /** What is asked, where it is no plain reason. */
  readonly label?: string;
  readonly hint?: string;
  readonly children?: ReactNode;
  /** Beside the button. */
  readonly more?: ReactNode;
  readonly onCancel: () => void;
}

/** The form of what needs nothing but a reason. */
export function ReasonForm({ act, id, submit, look, label, hint, children, more, onCancel }: ReasonFormProps) {
  const [{ reason }, field] = useFields({ reason: "" });
  return (
    <Form
      label={submit}
      submit={submit}
      {...(look && { look })}
      isRunning={act.isRunning}
      error={act.error}
      more={more}
      onSubmit={() => void act.run({ id, reason })}
      onCancel={onCancel}
    >
      {children}
      <ReasonField {...field("reason")} autoFocus {...(label && { label })} {...(hint && { hint })} />
    </Form>
  );
}

interface ReasonStepProps extends Omit<ReasonFormProps, "onCancel" | "more"> {
  readonly k?: string;
  /** Of a case: whether it has the step, and who may take it. */
  readonly step?: { readonly of: ViewerStep | undefined };
  /** Beside its first button. */
  readonly beside?: ReactNode;
}

/** A step that needs nothing but a reason, which is asked once its button is pressed. */
export function ReasonStep({ k, step, beside, ...form }: ReasonStepProps) {
  const [isOpen, setOpen] = useState(false);
  if (isOpen) return <ReasonForm {...form} onCancel={() => setOpen(false)} />;
  const button = { children: form.submit, onPress: () => setOpen(true), ...(k && { k }) };
  const look = form.look && { look: form.look };
  return (
    <div className="form-end">
      {step === undefined ? <Button {...button} {...look} /> : <StepButton {...button} {...look} step={step.of} />}
      {beside}
    </div>
  );
}
