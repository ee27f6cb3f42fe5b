import { useState } from "react";
import { refreshAll } from "../../../api/renewal.ts";
import { useAct } from "../../../api/useAsk.ts";
import type { CreateApiKeyInput } from "../../../generated/schema.ts";
import { Button } from "../../../ui/buttons.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { ReasonField } from "../../../ui/fields.tsx";
import { Form, useFields } from "../../../ui/form.tsx";
import { MakeApprovedKey, type OneProposal } from "./proposals.graphql.ts";

interface MakeKeyProps {
  readonly proposal: OneProposal;
  readonly onCancel: () => void;
}

/** Makes the key that was approved. It is shown here once, and the proposal is asked again only when it was taken. */
export function MakeKey({ proposal: { id, apiKey }, onCancel }: MakeKeyProps) {
  const [{ reason }, field] = useFields({ reason: "" });
  const [made, setMade] = useState("");
  const make = useAct(MakeApprovedKey, ({ createApiKey }) => setMade(createApiKey.key), { renews: false });
  if (made !== "")
    return (
      <>
        <Note tone="warn">Keep the key now: it can't be shown again.</Note>
        <pre className="code-block">{made}</pre>
        <div className="form-end">
          <CopyButton text={made} label="Copy the key" />
          <Button onPress={refreshAll}>I have it</Button>
        </div>
      </>
    );
  return (
    <Form
      label="Make the key"
      submit="Make the key"
      isRunning={make.isRunning}
      error={make.error}
      onCancel={onCancel}
      onSubmit={() => void make.run({ input: apiKey as CreateApiKeyInput, reason, proposal: id })}
    >
      <ReasonField {...field("reason")} hint="Kept with the key." autoFocus />
    </Form>
  );
}
