import { Link } from "@tanstack/react-router";
import { useMay } from "../../../session/useSession.ts";
import { Note } from "../../../ui/feedback.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ChangeList, type ListedChange } from "../../../ui/propose/ChangeList.tsx";
import { plainly } from "../../../ui/propose/memberWords.ts";
import { spaced } from "../../../ui/words.ts";
import { EntityCounts } from "./EntityCounts.tsx";
import type { OneProposal } from "./proposals.graphql.ts";

const thing = (summary: string, after: unknown, before: unknown = null): ListedChange => ({
  noun: summary,
  key: summary,
  cursor: summary,
  summary,
  before,
  after,
});

interface EntityJson {
  readonly type: string;
  readonly id: string;
  readonly properties?: Readonly<Record<string, unknown>> | null;
}

/** What the directory knows of an entry, side by side. */
const flat = ({ properties, ...rest }: EntityJson) => ({ ...rest, ...properties });

/** What a change that is none of the policy does, thing by thing. */
function otherChanges({
  apiKey,
  configureDetector,
  suppressAlerts,
  putEntities,
  deleteEntities,
}: OneProposal): readonly ListedChange[] {
  const put = (putEntities ?? []) as readonly EntityJson[];
  const taken = (deleteEntities ?? []) as readonly EntityJson[];
  return [
    ...put.map((entity) => thing(`${entity.type} ${entity.id} is as follows`, flat(entity))),
    ...taken.map((entity) => thing(`${entity.type} ${entity.id} is removed`, null, flat(entity))),
    ...(apiKey === null ? [] : [thing("a key is made", apiKey)]),
    ...(configureDetector === null ? [] : [thing("a detector is set", configureDetector)]),
    ...(suppressAlerts === null ? [] : [thing("alerts are suppressed", suppressAlerts)]),
  ];
}

export function ProposalChanges({ proposal }: { readonly proposal: OneProposal }) {
  const may = useMay();
  const { id, kind, changes, findings, operations, rollbackTo, state } = proposal;
  if (kind !== "POLICY" && kind !== "ROLLBACK") {
    // Who sees no patients is told how many entities there are, and opens one with a reason.
    if (kind === "DIRECTORY" && proposal.putEntities === null) return <EntityCounts proposal={proposal} />;
    const others = otherChanges(proposal);
    return (
      <Section title="What it changes">
        <ChangeList changes={others} total={others.length} findings={findings} />
      </Section>
    );
  }
  if (changes !== null)
    return (
      <Section
        title={state === "APPLIED" ? "What it changed" : "What it changes"}
        more={
          state !== "APPLIED" &&
          may("testPolicy") && (
            <Link to="/policy-tests" search={{ decides: "proposal", proposal: id }}>
              Run policy tests against it
            </Link>
          )
        }
      >
        {rollbackTo !== null && <p>The policy says again what it said at revision {rollbackTo}.</p>}
        <ChangeList changes={changes} total={changes.length < 100 ? changes.length : null} findings={findings} />
      </Section>
    );
  return (
    <Section title="What it asked for">
      <Note>It changes nothing as it stands, so there is no before and after.</Note>
      {rollbackTo === null ? (
        <ul>
          {((operations ?? []) as readonly object[]).flatMap((operation) =>
            Object.entries(operation).map(([name, said]) => (
              <li key={JSON.stringify(operation)}>
                {spaced(name)}: {plainly(said)}
              </li>
            )),
          )}
        </ul>
      ) : (
        <p>The policy as of revision {rollbackTo}.</p>
      )}
    </Section>
  );
}
