import { useState } from "react";
import { useAct, useAsk, usePages } from "../../api/useAsk.ts";
import { stepOf } from "../../ui/buttons.tsx";
import { dayUntil } from "../../ui/days.ts";
import { Empty } from "../../ui/feedback.tsx";
import { DateField, ReasonField, SelectField, TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import type { Column } from "../../ui/list.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ActorName, Id } from "../../ui/names.tsx";
import { Facts, Panel } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { When } from "../../ui/when.tsx";
import { Revocations as Asked, EndRevocation, Issuers, type Revocation, RevokeTokens } from "./keys.graphql.ts";

/** Refuses all tokens of a person, or one: for a bad night. */
export function RevokeTokensForm({ onDone, onCancel }: { readonly onDone: () => void; readonly onCancel: () => void }) {
  const issuers = useAsk(Issuers, {});
  const known = issuers.data?.service.tokens ?? [];
  const [{ issuer, id, until, reason }, field] = useFields({ issuer: "", id: "", until: "", reason: "" });
  const [kind, setKind] = useState<"person" | "tokenId">("person");
  const act = useAct(RevokeTokens, onDone);
  const send = () => void act.run({ input: { issuer, reason, [kind]: id.trim(), until: dayUntil(until) } });
  return (
    <Form
      submit="Block it now"
      look="danger"
      label="Refuse tokens"
      onSubmit={send}
      isRunning={act.isRunning}
      error={act.error}
      onCancel={onCancel}
    >
      <p className="muted">
        From then on these tokens are refused, on every instance within a second; whoever signs in again gets none that
        is accepted.
      </p>
      {known.length > 0 ? (
        <SelectField
          label="Issued by"
          isRequired
          {...field("issuer")}
          options={known.map((token) => ({ id: token.issuer, name: token.issuer }))}
        />
      ) : (
        <TextField
          label="Issued by"
          isCode
          isRequired
          {...field("issuer")}
          hint="The service accepts tokens of nobody now: only keys."
        />
      )}
      <div className="house-pair">
        <SelectField
          label="Which tokens?"
          value={kind}
          onChange={(next) => setKind(next as typeof kind)}
          options={[
            { id: "person", name: "All of a person" },
            { id: "tokenId", name: "One token" },
          ]}
        />
        <TextField
          label={kind === "person" ? "Their id at the issuer" : "The token's id (jti)"}
          isCode
          isRequired
          {...field("id")}
          name={kind}
        />
      </div>
      <DateField label="To the end of" {...field("until")} hint="Empty: until somebody ends it." />
      <ReasonField {...field("reason")} />
    </Form>
  );
}

export function RevocationPanel({
  revocation,
  onClose,
}: {
  readonly revocation: Revocation;
  readonly onClose: () => void;
}) {
  const end = useAct(EndRevocation);
  const { at, by, endedAt, endedBy, endReason, inForce, issuer, person, reason, tokenId, until } = revocation;
  return (
    <Panel
      label="Refused tokens"
      title={reason}
      above={<Chip tone={inForce ? "bad" : "plain"}>{inForce ? "Refused" : "Over"}</Chip>}
      onClose={onClose}
    >
      <Facts
        of={{
          Tokens:
            person === null ? (
              <>the one of the id {tokenId}</>
            ) : (
              <>
                all of <Id id={person} />
              </>
            ),
          Issuer: issuer,
          Since: (
            <>
              <When at={at} /> by <ActorName actor={by} />
            </>
          ),
          Until: until === null ? "somebody ends it" : <When at={until} />,
          Ended: endedAt !== null && (
            <>
              <When at={endedAt} /> by <ActorName actor={endedBy} />: {endReason}
            </>
          ),
        }}
      />
      {inForce && (
        <ReasonStep
          key={revocation.id}
          id={revocation.id}
          act={end}
          submit="Accept them again"
          k="e"
          step={{ of: stepOf(revocation.viewerMay, "endTokenRevocation") }}
        />
      )}
    </Panel>
  );
}

export const useRevocations = () => usePages(Asked, { states: null }, (answer) => answer.tokenRevocations);

/** What a list of them shows. */
export const revocationList = (mayRefuse: boolean) => ({
  caption: "Refused tokens",
  idOf: ({ id }: Revocation) => id,
  empty: (
    <Empty title="No tokens are refused">
      Whoever signs in with the account of their organization is let in.
      {mayRefuse && " A stolen account is blocked here."}
    </Empty>
  ),
  columns: COLUMNS,
});

const COLUMNS: readonly Column<Revocation>[] = [
  { name: "Why", isMain: true, cell: ({ reason }) => reason },
  {
    name: "Tokens",
    cell: ({ person, tokenId }) =>
      person === null ? (
        `one: ${tokenId}`
      ) : (
        <>
          all of <Id id={person} />
        </>
      ),
  },
  { name: "Since", cell: ({ at }) => <When at={at} /> },
  {
    name: "Until",
    cell: ({ until }) => (until === null ? <span className="muted">No end</span> : <When at={until} />),
  },
  {
    name: "State",
    cell: ({ inForce }) => <Chip tone={inForce ? "bad" : "plain"}>{inForce ? "Refused" : "Over"}</Chip>,
  },
];
