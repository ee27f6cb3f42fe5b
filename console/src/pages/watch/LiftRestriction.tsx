import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import type { AlertResponse } from "../../generated/schema.ts";
import { StepButton, stepOf, type ViewerStep } from "../../ui/buttons.tsx";
import { ReasonField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { Section } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { LiftRestriction as Lift } from "./restrictions.graphql.ts";

export const RESPONSES: Readonly<Record<AlertResponse, string>> = {
  SUSPENSION: "Everything is denied",
  STEP_UP: "They prove anew who they are",
};

interface InForce {
  readonly id: string;
  readonly response: AlertResponse;
  readonly until: string;
  readonly viewerMay: readonly ViewerStep[];
}

/** What is in force, and the way back. */
export function LiftRestriction({ restriction, done }: { readonly restriction: InForce; readonly done: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const [{ reason }, field] = useFields({ reason: "" });
  const act = useAct(Lift, done);
  const { id, response, until, viewerMay } = restriction;
  return (
    <Section title="Restricted now">
      <p>
        {RESPONSES[response]}, until <When at={until} />.
      </p>
      {!isOpen ? (
        <div className="row">
          <StepButton step={stepOf(viewerMay, "liftRestriction")} k="l" onPress={() => setOpen(true)}>
            Lift it
          </StepButton>
        </div>
      ) : (
        <Form
          submit="Lift it"
          error={act.error}
          isRunning={act.isRunning}
          onSubmit={() => void act.run({ id, reason })}
          onCancel={() => setOpen(false)}
        >
          <ReasonField {...field("reason")} autoFocus />
        </Form>
      )}
    </Section>
  );
}
