import { Link } from "@tanstack/react-router";
import { useAsk } from "../../../api/useAsk.ts";
import type { PolicyNoun } from "../../../generated/schema.ts";
import { Failed } from "../../../ui/feedback.tsx";
import { ActorName } from "../../../ui/names.tsx";
import { Section } from "../../../ui/panel.tsx";
import { When } from "../../../ui/when.tsx";
import { HistoryOf } from "./history.graphql.ts";

/** Who changed one thing of the policy, when and why, the newest first. */
export function History({
  noun,
  name,
}: {
  readonly noun: PolicyNoun /** As changes of a revision name it. */;
  readonly name: string;
}) {
  const asked = useAsk(HistoryOf, { noun, key: name });
  // Reading what the policy was is no act on record.
  const list = asked.data?.policyRevisions;
  return (
    <Section title="Who changed it, and why">
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      <ul className="policy-lines">
        {list?.edges.map(({ node: { revision, committedAt, reason, by } }) => (
          <li key={revision}>
            <Link to="/revisions" search={{ id: String(revision) }}>
              Revision {revision}
            </Link>{" "}
            <span className="muted">
              <When at={committedAt} />, <ActorName actor={by} />
            </span>
            <div>{reason}</div>
          </li>
        ))}
      </ul>
      {list?.pageInfo.hasNextPage === true && <p className="muted">Older ones stand under revisions.</p>}
    </Section>
  );
}
