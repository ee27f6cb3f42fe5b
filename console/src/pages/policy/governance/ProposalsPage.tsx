import { Link } from "@tanstack/react-router";
import { usePages } from "../../../api/useAsk.ts";
import { type ProposalKind, ProposalKindWords, type ProposalState } from "../../../generated/schema.ts";
import { Empty } from "../../../ui/feedback.tsx";
import { optionsOf } from "../../../ui/fields.tsx";
import { orNull, useLink } from "../../../ui/link.ts";
import { ListPage } from "../../../ui/listPage.tsx";
import { Chip, StateChip } from "../../../ui/marks.tsx";
import { ActorName } from "../../../ui/names.tsx";
import { When } from "../../../ui/when.tsx";
import { ProposalPanel } from "./ProposalPanel.tsx";
import { KIND_NAMES } from "./proposalKinds.ts";
import { Proposals } from "./proposals.graphql.ts";
import "./governance.css";

const LINK = { id: "", state: "UNDECIDED", what: "" };
const STATES: Readonly<Record<string, readonly ProposalState[] | null>> = {
  UNDECIDED: ["OPEN", "APPROVED", "STALE"],
  APPLIED: ["APPLIED"],
  ENDED: ["REJECTED", "WITHDRAWN", "EXPIRED"],
  ALL: null,
};

/** Changes that somebody else than their author approves. */
export default function ProposalsPage() {
  const link = useLink(LINK);
  const { id, state, what } = link.values;
  const filter = { states: STATES[state] ?? null, kind: orNull<ProposalKind>(what) };
  const pages = usePages(Proposals, { filter }, ({ proposals }) => proposals);
  return (
    <ListPage
      title="Proposals"
      purpose="Changes that somebody else than their author approves. They are applied exactly as they were approved."
      link={link}
      filters={[
        {
          name: "state",
          label: "State",
          kind: "segments",
          options: [
            { id: "UNDECIDED", name: "Not applied yet" },
            { id: "APPLIED", name: "Applied" },
            { id: "ENDED", name: "Rejected or ended" },
            { id: "ALL", name: "All" },
          ],
        },
        {
          name: "what",
          label: "What",
          kind: "select",
          options: [{ id: "", name: "Any" }, ...optionsOf(ProposalKindWords, KIND_NAMES)],
        },
      ]}
      pages={pages}
      idOf={(row) => row.id}
      empty={
        state === "UNDECIDED" ? (
          <Empty title="No proposal waits">
            Whoever changes a scope, a rule or a client can propose the change in the place of making it, also{" "}
            <Link to="/policy-files">from files</Link>.
          </Empty>
        ) : (
          <Empty title="No proposal of this kind">
            All proposals that were ever made were looked at, in the state that you chose.
          </Empty>
        )
      }
      columns={[
        {
          name: "What",
          isMain: true,
          cell: (row) => (
            <>
              <span className="kind">{KIND_NAMES[row.kind]}</span>
              {row.title}
            </>
          ),
        },
        {
          name: "State",
          cell: (row) => (
            <span className="row">
              <StateChip state={row.state} />
              {row.approvalsNeeded > 1 && row.approvalsLacking > 0 && (
                <Chip>
                  {row.approvalsNeeded - row.approvalsLacking} of {row.approvalsNeeded} approvals
                </Chip>
              )}
              {row.emergency && <Chip tone="bad">Emergency</Chip>}
              {row.viewerMay.some(({ isAwaited, allowed }) => isAwaited && allowed) && <Chip tone="wait">For you</Chip>}
            </span>
          ),
        },
        { name: "By", cell: (row) => <ActorName actor={row.by} /> },
        { name: "Since", cell: (row) => <When at={row.at} /> },
        {
          name: "Until",
          isMinor: true,
          cell: (row) => ["OPEN", "APPROVED", "STALE"].includes(row.state) && <When at={row.until} />,
        },
      ]}
      panel={id !== "" && <ProposalPanel key={id} id={id} onClose={() => link.set({ id: "" })} />}
    />
  );
}
