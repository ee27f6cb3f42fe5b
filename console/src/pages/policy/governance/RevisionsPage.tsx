import { usePages } from "../../../api/useAsk.ts";
import { isoOf } from "../../../ui/days.ts";
import { Empty } from "../../../ui/feedback.tsx";
import { useLink } from "../../../ui/link.ts";
import { ListPage } from "../../../ui/listPage.tsx";
import { ActorName } from "../../../ui/names.tsx";
import { When } from "../../../ui/when.tsx";
import { RevisionPanel } from "./RevisionPanel.tsx";
import { Revisions } from "./revisions.graphql.ts";
import "./governance.css";

const LINK = { id: "", from: "", to: "" };

/** Every change of the policy, the newest first. */
export default function RevisionsPage() {
  const link = useLink(LINK);
  const { id, from, to } = link.values;
  const filter = {
    from: from === "" ? null : isoOf(`${from}T00:00`),
    to: to === "" ? null : isoOf(`${to}T23:59:59.999`),
  };
  const pages = usePages(Revisions, { filter }, ({ policyRevisions }) => policyRevisions);
  return (
    <ListPage
      title="Revisions"
      purpose="Every change of the policy: who made it, why, and what it changed."
      link={link}
      filters={[
        { name: "from", label: "From", kind: "day" },
        { name: "to", label: "To", kind: "day" },
      ]}
      caption="Revisions of the policy"
      pages={pages}
      idOf={({ revision }) => String(revision)}
      empty={
        from === "" && to === "" ? (
          <Empty title="The policy was never changed">
            There is no client, scope or rule yet, so everything is denied.
          </Empty>
        ) : (
          <Empty title="No change in these days">
            The policy stayed as it was. Clear the filters to see all changes.
          </Empty>
        )
      }
      columns={[
        { name: "Revision", cell: ({ revision }) => <span className="number">{revision}</span> },
        { name: "Why", isMain: true, cell: ({ reason }) => reason },
        { name: "Who", cell: ({ by }) => <ActorName actor={by} /> },
        { name: "When", cell: ({ committedAt }) => <When at={committedAt} /> },
        { name: "Changes", isNumber: true, cell: ({ changeCount }) => changeCount.toLocaleString("en-US") },
      ]}
      panel={id !== "" && <RevisionPanel key={id} revision={Number(id)} onClose={() => link.set({ id: "" })} />}
    />
  );
}
