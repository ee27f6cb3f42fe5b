import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Note } from "../../ui/feedback.tsx";
import { ReasonField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { PutRelation } from "./relations.graphql.ts";

interface EnterRelationProps {
  readonly entity: { readonly type: string; readonly id: string; readonly properties: unknown };
  readonly subjectId: string | null;
  readonly patient: string | null;
  readonly onClose: () => void;
}

/** The patient as the directory would have it, with the person among those to whom they were referred: entered by who may, else handed on. */
export function EnterRelation({ entity, subjectId, patient, onClose }: EnterRelationProps) {
  const [{ reason }, field] = useFields({ reason: "" });
  const [isDone, setDone] = useState(false);
  const mayEnter = useMay()("putEntities");
  const act = useAct(PutRelation, () => setDone(true));
  const { type, id, properties } = entity;
  if (isDone) return <Note>The directory knows it now. Such looks are explained from the next decision on.</Note>;
  const what = (
    <p>
      {subjectId} is entered among those to whom the patient {patient} was referred. From then on such looks are
      explained, and make no alert.
    </p>
  );
  if (mayEnter)
    return (
      <Form
        submit="Enter the relation"
        error={act.error}
        isRunning={act.isRunning}
        onSubmit={() => void act.run({ reason, entities: [{ type, id, properties }] })}
        onCancel={onClose}
      >
        {what}
        <ReasonField {...field("reason")} autoFocus />
      </Form>
    );
  return (
    <div className="stack">
      {what}
      <p className="muted">
        An admin enters it, or the system that feeds the directory. This is the patient as the directory should have it:
      </p>
      <pre className="code-block">{JSON.stringify(entity, null, 2)}</pre>
      <div className="row">
        <CopyButton text={JSON.stringify(entity, null, 2)} label="Copy it for the admin" />
        <Button look="quiet" onPress={onClose}>
          Close
        </Button>
      </div>
    </div>
  );
}
