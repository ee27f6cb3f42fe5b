import { useState } from "react";
import { useAct } from "../../../api/useAsk.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { ReasonField, TextField } from "../../../ui/fields.tsx";
import { Form, useFields } from "../../../ui/form.tsx";
import { Section } from "../../../ui/panel.tsx";
import { count } from "../../../ui/words.ts";
import { type OneProposal, ProposedEntity } from "./proposals.graphql.ts";

type Counted = OneProposal["entityCounts"][number];

/** `Patient: 3 put, 1 taken out, with vip (2), unit (3)`. */
function sentence({ deleted, put, type }: Counted, properties: readonly Counted[]): string {
  const parts = [...(put > 0 ? [`${put} put`] : []), ...(deleted > 0 ? [`${deleted} taken out`] : [])];
  const named = properties.map((each) => `${each.property} (${each.put})`);
  return `${type}: ${parts.join(", ")}${named.length === 0 ? "" : `, with ${named.join(", ")}`}`;
}

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
            {sentence(
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
  const [shown, setShown] = useState<string | null>(null);
  const [missing, setMissing] = useState("");
  const key = `${type} ${id}`;
  const act = useAct(ProposedEntity);
  const open = async (): Promise<void> => {
    const answer = await act.run({ id, type, reason, proposal });
    if (answer === null) return;
    const { entity } = answer;
    setMissing(entity === null ? key : "");
    if (entity !== null) setShown(JSON.stringify({ type, id, properties: entity.properties }, null, 2));
  };
  if (shown !== null) return <pre className="code-block">{shown}</pre>;
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
