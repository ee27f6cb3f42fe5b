import { useAct } from "../../api/useAsk.ts";
import type { AlertResponse } from "../../generated/schema.ts";
import { stepOf, type ViewerStep } from "../../ui/buttons.tsx";
import { Section } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
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
export function LiftRestriction({ restriction }: { readonly restriction: InForce }) {
  const act = useAct(Lift);
  const { id, response, until, viewerMay } = restriction;
  return (
    <Section title="Restricted now">
      <p>
        {RESPONSES[response]}, until <When at={until} />.
      </p>
      <ReasonStep id={id} act={act} submit="Lift it" k="l" step={{ of: stepOf(viewerMay, "liftRestriction") }} />
    </Section>
  );
}
