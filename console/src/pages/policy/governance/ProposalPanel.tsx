import { Link } from "@tanstack/react-router";
import { useAsk } from "../../../api/useAsk.ts";
import { AskedPanel } from "../../../ui/askedPanel.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { AccessList } from "../../../ui/impact/AccessList.tsx";
import { ReplayView } from "../../../ui/impact/ReplayView.tsx";
import { Chip, StateChip } from "../../../ui/marks.tsx";
import { ActorName } from "../../../ui/names.tsx";
import { Facts, Section } from "../../../ui/panel.tsx";
import { When } from "../../../ui/when.tsx";
import { ProposalChanges } from "./ProposalChanges.tsx";
import { ProposalOutcome } from "./ProposalOutcome.tsx";
import { ProposalSteps } from "./ProposalSteps.tsx";
import { ProposalTalk } from "./ProposalTalk.tsx";
import { KIND_NAMES } from "./proposalKinds.ts";
import { type OneProposal, ProposalNow } from "./proposals.graphql.ts";

interface ProposalPanelProps {
  readonly id: string;
  readonly onClose: () => void;
}

export function ProposalPanel({ id, onClose }: ProposalPanelProps) {
  const asked = useAsk(ProposalNow, { id });
  return (
    <AskedPanel
      asked={asked}
      pick={({ proposal }) => proposal}
      caseOf={{ kind: "PROPOSAL", id }}
      label="Proposal"
      title={(proposal) => proposal?.title ?? "Proposal"}
      onClose={onClose}
      above={(proposal) => (
        <span className="row">
          <StateChip state={proposal.state} />
          {proposal.emergency && <Chip tone="bad">Emergency</Chip>}
          <span className="muted small">{KIND_NAMES[proposal.kind]}</span>
        </span>
      )}
      missing={{
        title: "There is no such proposal",
        text: "Its link may be cut, or it is of another service.",
      }}
    >
      {(proposal) => (
        <>
          <About proposal={proposal} />
          {proposal.appliedRevision !== null && ["POLICY", "ROLLBACK"].includes(proposal.kind) && (
            <ProposalOutcome id={id} />
          )}
          <Impact proposal={proposal} />
          <ProposalChanges proposal={proposal} />
          <ProposalTalk proposal={proposal} />
          <ProposalSteps key={`${proposal.state} ${proposal.digest}`} proposal={proposal} />
        </>
      )}
    </AskedPanel>
  );
}

function About({ proposal }: { readonly proposal: OneProposal }) {
  const { reason, state, staleBecause, closedAt, closedBy, closedReason, appliedRevision, approvals, round } = proposal;
  const { approvalsLacking, approvalsNeeded } = proposal;
  return (
    <>
      <p>{reason}</p>
      {state === "STALE" && <Note tone="warn">It must be looked at again: {staleBecause}.</Note>}
      <Facts
        of={{
          By: <ActorName actor={proposal.by} />,
          Since: <When at={proposal.at} />,
          Until: closedAt === null && <When at={proposal.until} />,
          "Looked at": round > 1 && `${round} times; approvals of earlier looks do not count`,
          Approved: approvals.length > 0 && (
            <ul className="governance-plain">
              {approvals.map(({ at, by, reason: why, flipsReason, counts }) => (
                <li key={at}>
                  <ActorName actor={by} />, <When at={at} />: {why}{" "}
                  {flipsReason !== null && `So many decisions: ${flipsReason}`}{" "}
                  {!counts && <span className="muted">(counts no more)</span>}
                </li>
              ))}
            </ul>
          ),
          Missing:
            approvalsLacking > 0 &&
            approvalsNeeded > 1 &&
            `${approvalsLacking === 1 ? "one approval" : `${approvalsLacking} approvals`}: two people approve what a token without a known person proposed`,
          [state === "APPLIED" ? "Applied" : "Ended"]: closedAt !== null && (
            <>
              <When at={closedAt} />{" "}
              {closedBy !== null && (
                <>
                  by <ActorName actor={closedBy} />
                </>
              )}
              {closedReason !== null && `: ${closedReason}`}
            </>
          ),
          Revision: appliedRevision !== null && ["POLICY", "ROLLBACK"].includes(proposal.kind) && (
            <Link to="/revisions" search={{ id: String(appliedRevision) }}>
              {appliedRevision}
            </Link>
          ),
        }}
      />
    </>
  );
}

/** What it does to people's work stands before what it says. */
function Impact({ proposal: { replay, reportedAt, access, emergency, kind } }: { readonly proposal: OneProposal }) {
  if (kind !== "POLICY" && kind !== "ROLLBACK") return null;
  return (
    <>
      <Section title="What it would have done to past decisions">
        {replay !== null && <ReplayView replay={replay} />}
        {replay === null && reportedAt !== null && (
          <Note>
            The change names people or records, so only auditors see what it finds in past decisions. Who approves it
            says why.
          </Note>
        )}
        {replay === null && reportedAt === null && (
          <Note tone="warn">
            {emergency ? "It is an emergency: past decisions were not replayed." : "Past decisions were not replayed."}
          </Note>
        )}
      </Section>
      {access !== null && (
        <Section title="Who may do more or less">
          <AccessList access={access} />
        </Section>
      )}
    </>
  );
}
