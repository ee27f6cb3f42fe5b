import "./policyChange.css";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Dialog } from "../dialog.tsx";
import { Failed, Note } from "../feedback.tsx";
import { ReasonField, TextField } from "../fields.tsx";
import { Form } from "../form.tsx";
import { changeTitle, changeWords } from "./changeKinds.ts";
import { ApplyChange, ProposeChange } from "./policyChange.graphql.ts";

/** Proposes a change for somebody else to approve. Who may change the policy alone may also make it at once, by a second button. */
export function ProposeButton({ operations }: { readonly operations: readonly PolicyOperation[] }) {
  const may = useMay();
  const { service } = useViewer();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [title, setTitle] = useState("");
  const [reason, setReason] = useState("");
  const propose = useAct(ProposeChange, ({ proposePolicy }) => void navigate({ to: "/proposals", search: { id: proposePolicy.id } as never }));
  const apply = useAct(ApplyChange, ({ applyPolicy }) => void navigate({ to: "/revisions", search: { id: String(applyPolicy.revision) } as never }));
  if (!may("proposePolicy")) return <p className="because">With your sign-in you can try a change, and a reviewer or an admin proposes it.</p>;
  const mayApply = !service.fourEyes && may("applyPolicy");
  return (
    <>
      <Button
        look="primary"
        k="p"
        onPress={() => {
          setTitle(changeTitle(operations));
          setOpen(true);
        }}
      >
        Propose this
      </Button>
      <Dialog title="Propose this change" isOpen={isOpen} onClose={() => setOpen(false)} isWide>
        <ol className="change-list" aria-label="What is proposed">
          {operations.map((operation) => (
            <li key={JSON.stringify(operation)}>{changeWords(operation)}</li>
          ))}
        </ol>
        <Form
          label="The proposal"
          submit="Propose it"
          isRunning={propose.isRunning || apply.isRunning}
          error={propose.error}
          onSubmit={() => void propose.run({ input: { title, change: { operations }, reason } })}
          onCancel={() => setOpen(false)}
          more={
            mayApply && (
              <Button look="danger" isDisabled={reason.trim() === "" || apply.isRunning} onPress={() => void apply.run({ input: { operations, reason } })}>
                Make it now, alone
              </Button>
            )
          }
        >
          <TextField label="Title" name="title" value={title} onChange={setTitle} isRequired />
          <ReasonField value={reason} onChange={setReason} autoFocus />
        </Form>
        {apply.error !== null && <Failed error={apply.error} />}
        <Note>Nothing changes until somebody else has approved it and it is applied. Past decisions are replayed for them.</Note>
      </Dialog>
    </>
  );
}
