import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Note } from "../feedback.tsx";
import { ChoiceField, ReasonField, TextField } from "../fields.tsx";
import { Form } from "../form.tsx";
import { Section } from "../panel.tsx";
import { When } from "../when.tsx";
import { count } from "../words.ts";
import { BlockFor, EndAccess } from "./block.graphql.ts";

interface BlockPersonProps {
  readonly id: string;
  readonly type: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Stops a person: for a while, with an end and a way back, or for good. */
export function BlockPerson({ id, type, onDone, onClose }: BlockPersonProps) {
  const may = useMay();
  const [how, setHow] = useState("");
  const [minutes, setMinutes] = useState("60");
  const [reason, setReason] = useState("");
  const block = useAct(BlockFor, onDone);
  const end = useAct(EndAccess, onDone);
  const [blockedUntil, setBlockedUntil] = useState<string | null>(null);
  const [ended, setEnded] = useState<Awaited<ReturnType<typeof end.run>>>(null);
  const subject = { id, type };
  const run = async () => {
    if (how === "while") {
      const answer = await block.run({ input: { subject, response: "SUSPENSION", minutes: Number(minutes), reason } });
      if (answer !== null) setBlockedUntil(answer.imposeRestriction.until);
    } else setEnded(await end.run({ subject, reason }));
  };
  const close = <Button onPress={onClose}>Close</Button>;
  if (blockedUntil !== null)
    return (
      <div className="stack" role="status">
        <Note>
          {id} is blocked until <When at={blockedUntil} />. It can be lifted before, under{" "}
          <Link to="/restrictions">restrictions</Link>.
        </Note>
        <div className="row">{close}</div>
      </div>
    );
  if (ended !== null) {
    const { assignments, apiKeys, accessRequests, tokenRevocations, kept, proposalId } = ended.endAccess;
    return (
      <div className="stack" role="status">
        <Note>
          Ended: {count(assignments, "role")}, {count(apiKeys.length, "key")},{" "}
          {count(accessRequests.length, "access request")}, the tokens of {count(tokenRevocations.length, "account")}.
        </Note>
        {kept.map(({ role, organization, because }) => (
          <Note key={`${role} ${organization}`} tone="warn">
            {role} stays for now: {because}
          </Note>
        ))}
        {proposalId !== null && (
          <Link to="/proposals" search={{ id: proposalId }}>
            The proposal that ends what stays
          </Link>
        )}
        <div className="row">{close}</div>
      </div>
    );
  }
  return (
    <Section title={`Block ${id}`}>
      <Form
        label={`Block ${id}`}
        submit={how === "end" ? "End all access" : "Block now"}
        look="danger"
        isRunning={block.isRunning || end.isRunning}
        error={block.error ?? end.error}
        onSubmit={() => void run()}
        onCancel={onClose}
      >
        <ReasonField value={reason} onChange={setReason} autoFocus />
        <ChoiceField
          label="For how long"
          value={how}
          onChange={setHow}
          isRequired
          options={[
            ...(may("imposeRestriction")
              ? [
                  {
                    id: "while",
                    name: "For a while",
                    hint: "All that is asked for this person is denied, until it ends by itself or is lifted.",
                  },
                ]
              : []),
            ...(may("endAccess")
              ? [
                  {
                    id: "end",
                    name: "For good",
                    hint: "As when somebody leaves: roles, keys, access requests and the tokens of their accounts end. There is no way back but to give all anew.",
                  },
                ]
              : []),
          ]}
        />
        {how === "while" && (
          <TextField
            label="Minutes, a day at most"
            name="minutes"
            type="number"
            value={minutes}
            onChange={setMinutes}
            isRequired
          />
        )}
      </Form>
    </Section>
  );
}
