import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { Button } from "../../ui/buttons.tsx";
import { Note } from "../../ui/feedback.tsx";
import { ReasonField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { Section } from "../../ui/panel.tsx";
import { LiftBlock as LiftBlockOf } from "./person.graphql.ts";

/** The way back: ends a block of a person before its time. */
export function LiftBlock({
  id,
  type,
  onClose,
}: {
  readonly id: string;
  readonly type: string;
  readonly onClose: () => void;
}) {
  const [{ reason }, field] = useFields({ reason: "" });
  const [isLifted, setLifted] = useState(false);
  const act = useAct(LiftBlockOf, () => setLifted(true));
  return (
    <div className="card pad stack">
      {isLifted ? (
        <div className="stack" role="status">
          <Note>The block of {id} is lifted. From the next access on the policy alone counts.</Note>
          <div className="row">
            <Button onPress={onClose}>Close</Button>
          </div>
        </div>
      ) : (
        <Section title={`Lift the block of ${id}`}>
          <Form
            submit="Lift the block"
            error={act.error}
            isRunning={act.isRunning}
            onCancel={onClose}
            onSubmit={() => void act.run({ subject: { id, type }, reason })}
          >
            <ReasonField {...field("reason")} autoFocus />
          </Form>
        </Section>
      )}
    </div>
  );
}
