import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useAsk } from "../../../api/useAsk.ts";
import { Answer } from "../../../ui/answer.tsx";
import { Button } from "../../../ui/buttons.tsx";
import { dayFrom } from "../../../ui/days.ts";
import { Note } from "../../../ui/feedback.tsx";
import { DateField, PickerField } from "../../../ui/fields.tsx";
import { findOptions } from "../../../ui/findOptions.ts";
import { useFields } from "../../../ui/form.tsx";
import { List, ready } from "../../../ui/list.tsx";
import { Chip } from "../../../ui/marks.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ChangeForm, useMayChange } from "../../../ui/propose/ChangeForm.tsx";

import { Period } from "../change/Period.tsx";
import { daysAgo } from "../change/usesSince.ts";
import { ScopeName } from "../scopes/ScopeName.tsx";
import { ClientAdvice, type ClientAdviceResult, ClientByScope, type FullClient } from "./clients.graphql.ts";

type Grant = FullClient["grants"][number];

/** What a client is granted, what of it was used, and what it could do without. */
export function ClientGrants({ client, granting }: { readonly client: FullClient; readonly granting: string }) {
  const mayChange = useMayChange();
  const [given, setGiven] = useState<"new" | Grant | null>(granting !== "" && mayChange ? "new" : null);
  const used = useAsk(ClientByScope, { filter: { clientId: client.id }, from: daysAgo(30) });
  const uses = new Map(used.data?.stats.rows.map((row) => [row.key[0], row.allowed ?? 0]));
  const form = { onClose: () => setGiven(null) };
  return (
    <Section
      title="Scopes it may use"
      more={
        mayChange &&
        given === null && (
          <Button k="g" onPress={() => setGiven("new")}>
            Grant a scope
          </Button>
        )
      }
    >
      {given === "new" && <GrantForm {...form} client={client} first={granting === "1" ? "" : granting} />}
      {given !== null && given !== "new" && (
        <ChangeForm
          {...form}
          title={`Take ${given.scope} from ${client.name}`}
          submit="Take it away"
          look="danger"
          operations={[{ revokeScope: { clientId: client.id, scope: given.scope } }]}
        >
          <p>
            <strong>
              <ScopeName name={given.scope} />
            </strong>{" "}
            was used {(uses.get(given.scope) ?? 0).toLocaleString("en-US")} times in 30 days.
          </p>
        </ChangeForm>
      )}
      <List
        caption="Scopes it may use"
        pages={ready(client.grants)}
        idOf={(row) => row.scope}
        empty={<p className="muted">None: all that it asks for is denied.</p>}
        columns={[
          {
            name: "Scope",
            isMain: true,
            cell: ({ scope, scopeVersions, validFrom, validUntil }) => (
              <>
                {scopeVersions.length === 0 ? (
                  <ScopeName name={scope} />
                ) : (
                  <Link to="/scopes" search={{ id: scope }} className="name">
                    <ScopeName name={scope} />
                  </Link>
                )}{" "}
                <Period from={validFrom} until={validUntil} />
                {scopeVersions.length > 0 && scopeVersions.every(({ state }) => state === "RETIRED") && (
                  <Chip tone="bad">Retired</Chip>
                )}
              </>
            ),
          },
          {
            name: "Used in 30 days",
            isNumber: true,
            cell: ({ scope }) =>
              used.data === undefined ? (
                ""
              ) : (uses.get(scope) ?? 0) === 0 ? (
                <span className="muted">unused</span>
              ) : (
                uses.get(scope)?.toLocaleString("en-US")
              ),
          },
          {
            name: "Step",
            cell: (row) =>
              mayChange && (
                <span className="policy-steps">
                  <Button look="quiet" aria-label={`Take away ${row.scope}`} onPress={() => setGiven(row)}>
                    Take away
                  </Button>
                </span>
              ),
          },
        ]}
      />
      {client.grants.length > 0 && <Advice clientId={client.id} />}
    </Section>
  );
}

const WHY = {
  UNUSED: "was not used",
  BROADER_THAN_USED: "is broader than what was used of it",
  OVERLAPPING: "is a part of what it has by other scopes",
  NOT_GRANTED: "is granted to nobody",
} as const;

/** Asked by a button: every access of the month is decided again for it. */
function Advice({ clientId }: { readonly clientId: string }) {
  const [isAsked, setAsked] = useState(false);
  const asked = useAsk(ClientAdvice, { clientId }, { when: isAsked });
  if (!isAsked)
    return (
      <div className="row">
        <Button onPress={() => setAsked(true)}>What could it do without?</Button>
      </div>
    );
  return <Answer of={asked}>{({ scopeAdvice }) => <Savings of={scopeAdvice.savings} />}</Answer>;
}

function Savings({ of }: { readonly of: ClientAdviceResult["scopeAdvice"]["savings"] }) {
  if (of.length === 0)
    return (
      <Note>Nothing: all that it holds was used, as broadly as it is, or was not watched for the whole time.</Note>
    );
  return (
    <ul className="policy-lines" aria-label="What it could do without">
      {of.map(({ scope, why, instead }) => (
        <li key={scope}>
          <ScopeName name={scope} /> {WHY[why]}
          {instead.length > 0 && (
            <>
              ; enough would be{" "}
              {instead.map((name, i) => (
                <span key={name}>
                  {i > 0 && ", "}
                  <ScopeName name={name} />
                </span>
              ))}
            </>
          )}
          .
        </li>
      ))}
    </ul>
  );
}

interface GrantFormProps {
  readonly client: FullClient;
  /** The scope that stands in it at first; "": none. */
  readonly first: string;
  readonly onClose: () => void;
}

function GrantForm({ client, first, onClose }: GrantFormProps) {
  const [{ scope, validUntil: until }, field] = useFields({ scope: first, validUntil: "" });
  const validUntil = dayFrom(until);
  return (
    <ChangeForm
      title={`Grant ${scope} to ${client.name}`}
      submit="Grant the scope"
      operations={
        scope === ""
          ? null
          : [{ grantScope: { clientId: client.id, scope, ...(validUntil !== null && { validUntil }) } }]
      }
      onClose={onClose}
    >
      <PickerField
        label="Scope"
        {...field("scope")}
        search={findOptions("SCOPE")}
        isRequired
        hint="A registered scope, or a SMART scope, which then grants all that it covers."
      />
      <DateField label="Until, if it ends by itself" {...field("validUntil")} />
    </ChangeForm>
  );
}
