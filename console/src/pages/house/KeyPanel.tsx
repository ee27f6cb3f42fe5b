import { useAct, usePages } from "../../api/useAsk.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Note } from "../../ui/feedback.tsx";
import { List } from "../../ui/list.tsx";
import { ActorName, ClientName, Id } from "../../ui/names.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { ReasonStep } from "../../ui/reasonStep.tsx";
import { When } from "../../ui/when.tsx";
import { count, words } from "../../ui/words.ts";
import { KeyState, keyState } from "./keyState.tsx";
import { KeyEvents, RevokeKey, type ShownKey } from "./keys.graphql.ts";

const EVENT_WORDS = { CREATED: "Made", REVOKED: "Blocked", FAILED: "Refused" } as const;

function Events({ keyId }: { readonly keyId: string }) {
  const pages = usePages(KeyEvents, { keyId }, (answer) => answer.apiKeyEvents);
  return (
    <Section title="What happened to it">
      <List
        caption="What happened to the key"
        pages={pages}
        idOf={({ at, event }) => `${at} ${event}`}
        empty={<p className="muted">Nothing is on record in this database: older months may be archived.</p>}
        columns={[
          { name: "What", isMain: true, cell: ({ event }) => EVENT_WORDS[event] },
          { name: "When", cell: ({ at }) => <When at={at} /> },
          {
            name: "Why",
            cell: ({ by, failures, reason }) =>
              failures === null ? (
                <>
                  <ActorName actor={by} />: {reason}
                </>
              ) : (
                [
                  failures.wrongSecret > 0 && count(failures.wrongSecret, "wrong secret"),
                  failures.expired > 0 && `${failures.expired} after its end`,
                  failures.revoked > 0 && `${failures.revoked} after it was blocked`,
                ]
                  .filter(Boolean)
                  .join(", ")
              ),
          },
        ]}
      />
    </Section>
  );
}

/** One key: whose, what it may do, and its end. */
export function KeyPanel({ apiKey, onClose }: { readonly apiKey: ShownKey; readonly onClose: () => void }) {
  const may = useMay();
  const viewer = useViewer();
  const revoke = useAct(RevokeKey);
  const {
    allRolesUntil,
    assertRoles,
    at,
    by,
    client,
    clientId,
    id,
    lastUsedAt,
    name,
    reason,
    revocationReason,
    revokedAt,
    revokedBy,
    roles,
    subject,
    until,
  } = apiKey;
  return (
    <Panel label="Key" title={name} above={<KeyState of={apiKey} />} onClose={onClose}>
      <Facts
        of={{
          Whose: subject === null ? "not said" : <Id id={`${subject.type}/${subject.id}`} />,
          May: roles.map(words).join(", "),
          "All roles": allRolesUntil !== null && (
            <>
              until <When at={allRolesUntil} />, as the first key
            </>
          ),
          Client: clientId !== null && <ClientName client={client} id={clientId} />,
          "May say of people":
            assertRoles.length > 0 &&
            assertRoles
              .map(({ organization, role }) => `${role} ${organization === "*" ? "anywhere" : `in ${organization}`}`)
              .join(", "),
          Made: (
            <>
              <When at={at} /> by <ActorName actor={by} />: {reason}
            </>
          ),
          "Last used": lastUsedAt === null ? "not yet" : <When at={lastUsedAt} />,
          Ends: until === null ? "not by itself" : <When at={until} />,
          Blocked: revokedAt !== null && (
            <>
              <When at={revokedAt} /> by <ActorName actor={revokedBy} />: {revocationReason}
            </>
          ),
          Id: <Id id={id} />,
        }}
      />
      {may("revokeApiKey") && keyState(apiKey) !== "BLOCKED" && (
        <ReasonStep
          key={id}
          id={id}
          act={revoke}
          submit="Block it now"
          look="danger"
          k="b"
          label="Why is it blocked?"
          hint="Whoever uses it gets nothing from then on. There is no way back but a new key."
        >
          {viewer.id === `key:${id}` && (
            <Note tone="warn">It is the key that you are signed in with: you are signed out by it.</Note>
          )}
        </ReasonStep>
      )}
      {may("apiKeyEvents") && <Events keyId={id} />}
    </Panel>
  );
}
