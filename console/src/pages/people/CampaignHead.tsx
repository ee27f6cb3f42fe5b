import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { refreshAll } from "../../api/renewal.ts";
import { useAct, useAsk } from "../../api/useAsk.ts";
import { Button, StepButton, stepOf } from "../../ui/buttons.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { downloadFile } from "../../ui/files.tsx";
import { allRows, List } from "../../ui/list.tsx";
import { ActorName } from "../../ui/names.tsx";
import { ReasonForm } from "../../ui/reasonStep.tsx";
import { Day, When } from "../../ui/when.tsx";
import { Decided, ReviewState } from "./reviewCells.tsx";
import { CloseReview, ReviewFigures, ReviewReport, type ReviewResult } from "./reviews.graphql.ts";

type Found = NonNullable<ReviewResult["reviewCampaign"]>;

/** How a review stands, what comes next, how it was reviewed, and its report. */
export function CampaignHead({ of }: { readonly of: Found }) {
  const [isClosing, setClosing] = useState(false);
  const [isFigures, setFigures] = useState(false);
  const close = stepOf(of.viewerMay, "closeReviewCampaign");
  const report = useAct(ReviewReport, ({ reviewReport: { fileName, text } }) => downloadFile({ name: fileName, text }));
  const isProposed = of.state === "PROPOSED";
  const isKept =
    !isProposed && of.undecided === 0 && of.figures.every(({ reduced, removed }) => reduced + removed === 0);
  const end = isProposed || isKept ? "Close the review" : "Propose what is to go";
  return (
    <div className="card pad stack">
      <div className="people-head">
        <ReviewState of={of} />
        <Decided of={of} />
        <span className="muted">
          {of.reviewers.length === 0 ? "Any reviewer or auditor decides" : `${of.reviewers.join(", ")} decide`} until{" "}
          <Day at={of.dueAt} />
          {of.fallbackReviewer !== null && (
            <>
              , then {of.fallbackReviewer} until <Day at={of.until} />
            </>
          )}
          . Evidence of <When at={of.at} />, {of.windowDays} days before.
        </span>
      </div>
      <p>
        {of.reason}{" "}
        <span className="muted">
          (<ActorName actor={of.by} />)
        </span>
      </p>
      {isProposed && of.proposalId !== null && (
        <Note>
          What is to go waits for somebody else's approval:{" "}
          <Link to="/proposals" search={{ id: of.proposalId }}>
            the proposal
          </Link>
          .
        </Note>
      )}
      <div className="row">
        {of.state !== "CLOSED" && (
          <StepButton step={close} look="primary" k="c" onPress={() => setClosing(true)}>
            {end}
          </StepButton>
        )}
        <Button aria-expanded={isFigures} onPress={() => setFigures(!isFigures)}>
          How it was reviewed
        </Button>
        <Button isDisabled={report.isRunning} onPress={() => void report.run({ id: of.id, format: "CSV" })}>
          Report as CSV
        </Button>
        <Button isDisabled={report.isRunning} onPress={() => void report.run({ id: of.id, format: "JSON" })}>
          Report as JSON
        </Button>
      </div>
      {report.error !== null && <Failed error={report.error} />}
      {of.reportSha256 !== null && (
        <p className="muted small">
          SHA-256 of the JSON report, on record: <code className="id">{of.reportSha256}</code>
        </p>
      )}
      {isFigures && <Figures id={of.id} />}
      {isClosing && (
        <CloseDialog
          id={of.id}
          title={end}
          text={
            isKept
              ? "Everything is kept: nothing is proposed, and the review is over."
              : isProposed
                ? "The review is over once its proposal was applied or rejected; if that was withdrawn or has expired, it is proposed anew."
                : "All that is to be removed or reduced becomes one proposal, with what nobody decided. Nothing changes until somebody else approves it."
          }
          submit={isProposed || isKept ? end : "Propose it"}
          onClose={() => setClosing(false)}
          onDone={() => {
            setClosing(false);
            // Its items lapse, or stand in the proposal.
            refreshAll();
          }}
        />
      )}
    </div>
  );
}

interface CloseDialogProps {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function CloseDialog({ id, title, text, submit, onClose, onDone }: CloseDialogProps) {
  const act = useAct(CloseReview, onDone);
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      <p>{text}</p>
      <ReasonForm id={id} act={act} submit={submit} onCancel={onClose} />
    </Dialog>
  );
}

function Figures({ id }: { readonly id: string }) {
  const asked = useAsk(ReviewFigures, { id });
  if (asked.isPending) return <Loading rows={2} />;
  return (
    <>
      <List
        caption="How each reviewer has decided"
        pages={allRows(asked.data?.reviewCampaign?.figures, asked)}
        idOf={({ by }) => by.id}
        empty={<p className="muted">Nobody has decided anything yet.</p>}
        columns={[
          { name: "Reviewer", isMain: true, cell: ({ by }) => <ActorName actor={by} /> },
          { name: "Decided", isNumber: true, cell: ({ decided }) => decided },
          { name: "Kept", isNumber: true, cell: ({ kept }) => kept },
          { name: "Removed", isNumber: true, cell: ({ removed }) => removed },
          { name: "Reduced", isNumber: true, cell: ({ reduced }) => reduced },
          { name: "Within 3 s of the one before", isNumber: true, cell: ({ inBulk }) => inBulk },
          {
            name: "Against the evidence",
            isNumber: true,
            cell: ({ againstAdvice, withAdvice }) => `${againstAdvice} of ${withAdvice}`,
          },
        ]}
      />
      <p className="muted small">These are hints to look again, and no proof.</p>
    </>
  );
}
