import { useState } from "react";
import type { Act } from "../../api/useAsk.ts";
import { StepButton, type ViewerStep } from "../../ui/buttons.tsx";
import { ReasonField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";

interface LiftFormProps {
  readonly id: string;
  readonly step: ViewerStep | undefined;
  readonly act: Act<unknown, { readonly id: string; readonly reason: string }>;
  /** What it does: "Lift the hold". */
  readonly words: string;
  readonly hint: string;
}

/** Ends what was placed: the reason first. */
export function LiftForm({ act, hint, id, step, words }: LiftFormProps) {
  const [isOpen, setOpen] = useState(false);
  const [{ reason }, field] = useFields({ reason: "" });
  if (!isOpen)
    return (
      <StepButton step={step} look="danger" k="e" onPress={() => setOpen(true)}>
        {words}
      </StepButton>
    );
  return (
    <Form
      submit={words}
      look="danger"
      label={words}
      onSubmit={() => void act.run({ id, reason })}
      isRunning={act.isRunning}
      error={act.error}
      onCancel={() => setOpen(false)}
    >
      <ReasonField {...field("reason")} autoFocus hint={hint} />
    </Form>
  );
}
