import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useAct, useAsk } from "../../api/useAsk.ts";
import type { AlertResponse, Severity } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Failed, Loading, Note } from "../feedback.tsx";
import { ChoiceField, type Option, ReasonField, SelectField } from "../fields.tsx";
import { Form, useFields } from "../form.tsx";
import { Section } from "../panel.tsx";
import { When, whenWords } from "../when.tsx";
import { count } from "../words.ts";
import { AlertResponses, BlockFor, EndAccess, type EndAccessResult } from "./block.graphql.ts";
import { type BlockWay, waysOf } from "./blockWays.ts";

const TIMES = [
  [15, "15 minutes"],
  [60, "1 hour"],
  [240, "4 hours"],
  [480, "8 hours"],
  [1440, "24 hours"],
] as const;
const timesWithin = (most: number): readonly Option[] => {
  const found = TIMES.filter(([time]) => time <= most).map(([time, name]) => ({ id: String(time), name }));
  return found.length > 0 || most === 0 ? found : [{ id: String(most), name: `${most} minutes` }];
};
/** As the command line blocks a person. */
const USUAL = "60";

interface BlockFormProps {
  /** The person; null: not one person, or not by name. */
  readonly subject: { readonly id: string; readonly type: string } | null;
  /** Because of which it is done. */
  readonly alert?: { readonly id: string; readonly severity: Severity };
  readonly onClose: () => void;
  /** Fields above the others. */
  readonly children?: ReactNode;
}

/** Stops somebody now: for a while, with its end and the way back, or for good. */
export function BlockForm(props: BlockFormProps) {
  const { alert, onClose, subject } = props;
  const may = useMay();
  const asked = useAsk(AlertResponses, {}, { when: alert !== undefined && may("imposeRestriction") });
  if (asked.isPending) return <Loading rows={2} />;
  if (asked.error !== null) return <Failed error={asked.error} retry={asked.refresh} />;
  const permitted = new Map<AlertResponse, number>();
  for (const { node } of asked.data?.organizations.edges ?? [])
    for (const { response, maxMinutes } of node.settings?.alertResponses ?? [])
      permitted.set(response, Math.max(maxMinutes, permitted.get(response) ?? 0));
  const ways = waysOf({ isPerson: subject !== null, severity: alert?.severity ?? null, permitted, may });
  if (ways.length > 0) return <Ways {...props} ways={ways} />;
  return (
    <div className="stack">
      <Note tone="warn">
        This alert is about no person by name, and the policy lets no alert restrict access (the setting
        alertResponses). An admin can <Link to="/clients">suspend the client</Link>.
      </Note>
      <Button look="quiet" onPress={onClose}>
        Close
      </Button>
    </div>
  );
}

function Ways({ subject, alert, onClose, children, ways }: BlockFormProps & { readonly ways: readonly BlockWay[] }) {
  // Whoever presses "Block now" in a hurry blocks for an hour: what is taken back most easily stands first.
  const [{ way, minutes, reason }, field] = useFields({ way: ways[0]?.id ?? "", minutes: USUAL, reason: "" });
  const [until, setUntil] = useState<string | null>(null);
  const [ended, setEnded] = useState<EndAccessResult["endAccess"] | null>(null);
  const block = useAct(BlockFor, ({ imposeRestriction }) => {
    setUntil(imposeRestriction.until);
  });
  const end = useAct(EndAccess, ({ endAccess }) => {
    setEnded(endAccess);
  });
  const chosen = ways.find(({ id }) => id === way);
  const name = subject?.id ?? "The client";
  if (until !== null || ended !== null)
    return (
      <div className="stack" role="status">
        {until !== null && (
          <Note>
            {chosen?.response === "STEP_UP" ? (
              <>
                {name} must sign in anew, until <When at={until} />.
              </>
            ) : (
              <>
                {name} is blocked until <When at={until} />, at every client.
              </>
            )}{" "}
            It can be lifted before, under <Link to="/restrictions">restrictions</Link>.
          </Note>
        )}
        {ended !== null && <Ended ended={ended} />}
        <div className="row">
          <Button onPress={onClose}>Close</Button>
        </div>
      </div>
    );
  const times = timesWithin(chosen?.maxMinutes ?? 0);
  const send = () => {
    if (chosen?.response === null && subject !== null) void end.run({ subject, reason });
    else if (chosen?.response != null) {
      const who = chosen.isOfAlert ? { alertId: alert?.id ?? null } : { subject };
      void block.run({ input: { ...who, response: chosen.response, minutes: Number(minutes), reason } });
    }
  };
  const ends = whenWords(new Date(serviceNow().getTime() + Number(minutes) * 60_000));
  return (
    <Section title={children === undefined && subject !== null ? `Block ${subject.id}` : "Block now"}>
      <Form
        label="Block now"
        submit={chosen?.submit ?? "Block now"}
        look="danger"
        error={block.error ?? end.error}
        isRunning={block.isRunning || end.isRunning}
        onSubmit={send}
        onCancel={onClose}
      >
        {children}
        <ReasonField
          {...field("reason")}
          autoFocus={children === undefined}
          hint="Kept on record, and not shown to whose access it is."
        />
        <ChoiceField label="How" {...field("way")} options={ways} isRequired />
        {times.length > 0 && (
          <>
            <SelectField label="For" {...field("minutes")} isRequired options={times} />
            <p className="muted">
              It ends by itself at {ends}. Whoever may impose it can lift it before, here and under Restrictions.
            </p>
          </>
        )}
      </Form>
    </Section>
  );
}

/** What went with all access, and what stays for now. */
function Ended({ ended }: { readonly ended: EndAccessResult["endAccess"] }) {
  const { accessRequests, apiKeys, assignments, kept, proposalId, tokenRevocations } = ended;
  return (
    <>
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
    </>
  );
}
