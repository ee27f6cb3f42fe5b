import { useState } from "react";
import { useAct } from "../../../api/useAsk.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { ReasonField, TextField } from "../../../ui/fields.tsx";
import { Form, useFields } from "../../../ui/form.tsx";
import { Section } from "../../../ui/panel.tsx";
import { Members } from "../../../ui/propose/ChangeList.tsx";
import { memberChanges } from "../../../ui/propose/memberChanges.ts";
import { count } from "../../../ui/words.ts";
import { entityCountWords } from "./entityCountWords.ts";
import { type OneProposal, ProposedEntity } from "./proposals.graphql.ts";

/** What a change of the directory comes to, for who sees no patients; and one of its entries, which is opened with a reason. */
export function EntityCounts({ proposal }: { readonly proposal: OneProposal }) {
  const [isOpening, setOpening] = useState(false);
  const { entityCounts, id, state } = proposal;
  const canOpen = state === "OPEN" || state === "APPROVED" || state === "STALE";
  const types = entityCounts.filter(({ property }) => property === null);
  return (
    <Section title="What it changes">
      <ul>
        {types.map((each) => (
          <li key={each.type}>
            {entityCountWords(
              each,
              entityCounts.filter(({ property, type }) => type === each.type && property !== null),
            )}
          </li>
        ))}
      </ul>
      <p className="muted">
        You see {count(types.length, "type")} and no names, as entries may be of patients. Whoever approves it can open
        one of them; that is on record.
      </p>
      {canOpen && !isOpening && <Button onPress={() => setOpening(true)}>Open an entry</Button>}
      {canOpen && isOpening && <OpenEntry proposal={id} onClose={() => setOpening(false)} />}
    </Section>
  );
}

function OpenEntry({ proposal, onClose }: { readonly proposal: string; readonly onClose: () => void }) {
  const [{ type, id, reason }, field] = useFields({ type: "", id: "", reason: "" });
  const [shown, setShown] = useState<object | null>(null);
  const [missing, setMissing] = useState("");
  const key = `${type} ${id}`;
  const act = useAct(ProposedEntity);
  const open = async (): Promise<void> => {
    const answer = await act.run({ id, type, reason, proposal });
    if (answer === null) return;
    const { entity } = answer;
    setMissing(entity === null ? key : "");
    if (entity !== null) setShown({ type, id, ...(entity.properties as object | null) });
  };
  if (shown !== null) return <Members of={memberChanges("", null, shown)} />;
  return (
    <Form
      submit="Open the entry"
      error={act.error}
      isRunning={act.isRunning}
      onSubmit={() => void open()}
      onCancel={onClose}
    >
      <TextField label="Type" {...field("type")} isCode isRequired autoFocus />
      <TextField label="Id" {...field("id")} isCode isRequired />
      <ReasonField {...field("reason")} />
      {missing === key && <Note tone="warn">The proposal has no entry of this type and id.</Note>}
      <Note>That you opened it, and why, is on record before it is shown.</Note>
    </Form>
  );
}
