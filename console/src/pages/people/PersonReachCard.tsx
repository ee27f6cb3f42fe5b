import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import { hide } from "../../session/hidden.ts";
import { Button } from "../../ui/buttons.tsx";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { OutcomeShape } from "../../ui/marks.tsx";
import { PersonCard } from "./PersonCases.tsx";
import { PersonReach } from "./person.graphql.ts";

/** What a person can reach, client by client. It is a simulation on record, so that a button asks it. */
export function PersonReachCard({ id, type }: { readonly id: string; readonly type: string }) {
  const [isAsked, setAsked] = useState(false);
  const pages = usePages(
    PersonReach,
    { input: { subject: { id, type } } },
    ({ subjectAccess: { cells, pageInfo } }) => ({ edges: cells.map((node) => ({ node })), pageInfo }),
    { when: isAsked, enough: 2_000 },
  );
  const byClient = new Map<string, { readonly name: string; readonly types: Map<string, "ALLOW" | "CONDITIONAL"> }>();
  for (const { access, client, clientId, resourceType } of pages.rows) {
    if (access === "DENY") continue;
    const of = byClient.get(clientId) ?? { name: client?.name ?? clientId, types: new Map() };
    if (access === "ALLOW" || !of.types.has(resourceType)) of.types.set(resourceType, access);
    byClient.set(clientId, of);
  }
  return (
    <PersonCard title="What they can reach">
      {!isAsked && (
        <>
          <p className="muted">By the policy of now, with each client. That it was asked is put on record.</p>
          <Button onPress={() => setAsked(true)}>Ask what they can reach</Button>
        </>
      )}
      {pages.isPending && isAsked && <Loading rows={4} />}
      {pages.error !== null && <Failed error={pages.error} retry={pages.refresh} />}
      {isAsked && !pages.isPending && pages.error === null && byClient.size === 0 && (
        <p className="muted">Nothing, with any client.</p>
      )}
      <ul className="people-lines">
        {[...byClient].map(([clientId, { name, types }]) => (
          <li key={clientId}>
            <Link to="/client-access" search={{ client: clientId, subject: hide(id), type } as never}>
              <bdi>{name}</bdi>
            </Link>
            <span className="people-beside people-reach">
              {[...types].map(([resourceType, access]) => (
                <span key={resourceType}>
                  <OutcomeShape of={access} size={11} /> {resourceType === "*" ? "all other types" : resourceType}
                  {access === "CONDITIONAL" && <span className="unseen"> under conditions</span>}
                </span>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {byClient.size > 0 && (
        <p className="muted small">A half disc: under conditions, such as a purpose. The client's own page has each.</p>
      )}
      {pages.hasMore && <Note tone="warn">There is more: ask client by client.</Note>}
    </PersonCard>
  );
}
