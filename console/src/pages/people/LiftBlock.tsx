import { useAct } from "../../api/useAsk.ts";
import { ReasonField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { LiftBlock as LiftBlockOf } from "./person.graphql.ts";

/** The way back: ends a block of a person before its time. */
export function LiftBlock({
  id,
  onLifted,
  onClose,
}: {
  /** Of the restriction. */
  readonly id: string;
  readonly onLifted: () => void;
  readonly onClose: () => void;
}) {
  const [{ reason }, field] = useFields({ reason: "" });
  const act = useAct(LiftBlockOf, onLifted);
  return (
    <Form
      label="Lift the block"
      submit="Lift the block"
      error={act.error}
      isRunning={act.isRunning}
      onCancel={onClose}
      onSubmit={() => void act.run({ id, reason })}
    >
      <ReasonField {...field("reason")} autoFocus />
    </Form>
  );
}
