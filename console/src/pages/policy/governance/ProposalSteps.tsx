import { useState } from "react";
import { refreshAll } from "../../../api/renewal.ts";
import { type Act, useAct } from "../../../api/useAsk.ts";
import { Button, StepButton, stepOf } from "../../../ui/buttons.tsx";
import { Failed } from "../../../ui/feedback.tsx";
import { ReasonField, TextAreaField } from "../../../ui/fields.tsx";
import { Form, useFields } from "../../../ui/form.tsx";
import { Section } from "../../../ui/panel.tsx";
import { ReasonForm } from "../../../ui/reasonStep.tsx";
import { figure, sum } from "../../../ui/words.ts";
import { MakeKey } from "./MakeKey.tsx";
import {
  ApplyProposal,
  ApproveProposal,
  type OneProposal,
  RefreshProposal,
  RejectProposal,
  WithdrawProposal,
} from "./proposals.graphql.ts";

/** What comes next: where I may not take it, the reason stands there. Other steps are shown to who may take them. */
function nextOf({ state, kind }: OneProposal): string | undefined {
  if (state === "OPEN") return "approveProposal";
  if (state === "APPROVED") return kind === "API_KEY" ? "createApiKey" : "applyProposal";
  return state === "STALE" ? "refreshProposal" : undefined;
}

/** What I may do with a proposal now. */
export function ProposalSteps({ proposal }: { readonly proposal: OneProposal }) {
  const { id, viewerMay, digest } = proposal;
  const [open, setOpen] = useState("");
  const done = () => setOpen("");
  const approve = useAct(ApproveProposal, done);
  const reject = useAct(RejectProposal, done);
  const withdraw = useAct(WithdrawProposal, done);
  const renew = useAct(RefreshProposal, done);
  const apply = useAct(ApplyProposal, done);
  const next = nextOf(proposal);
  if (next === undefined) return null;

  const shown = (action: string) => {
    const step = stepOf(viewerMay, action);
    return action === next || step?.allowed === true ? step : undefined;
  };
  const steps = viewerMay.filter(({ action }) => action !== "commentProposal");
  return (
    <Section title="Decide">
      {steps.length === 0 && (
        <p className="because">Reviewers and admins decide about proposals. Your role reads them.</p>
      )}
      {proposal.state === "APPROVED" && stepOf(viewerMay, next) === undefined && (
        <p>It is approved. Next an admin {proposal.kind === "API_KEY" ? "makes the key" : "applies it"}.</p>
      )}
      {open === "" && (
        <>
          <div className="governance-steps">
            <StepButton step={shown("approveProposal")} k="a" onPress={() => setOpen("approve")}>
              Approve
            </StepButton>
            <StepButton
              step={shown("applyProposal")}
              k="p"
              look="primary"
              onPress={() => void apply.run({ id })}
              isDisabled={apply.isRunning}
            >
              {apply.isRunning ? "Working…" : "Apply it now"}
            </StepButton>
            <StepButton step={shown("createApiKey")} k="p" look="primary" onPress={() => setOpen("key")}>
              Make the key
            </StepButton>
            <StepButton step={shown("refreshProposal")} k="g" onPress={() => setOpen("refresh")}>
              Look at it again
            </StepButton>
            <StepButton step={shown("rejectProposal")} k="x" look="danger" onPress={() => setOpen("reject")}>
              Reject
            </StepButton>
            <StepButton step={shown("withdrawProposal")} k="w" look="danger" onPress={() => setOpen("withdraw")}>
              Withdraw
            </StepButton>
          </div>
          {apply.error !== null && <Failed error={apply.error} />}
          {apply.error?.code === "CONFLICT" && <Button onPress={refreshAll}>Show it as it is now</Button>}
        </>
      )}
      {open === "approve" && <Approve proposal={proposal} act={approve} onCancel={() => setOpen("")} digest={digest} />}
      {open === "key" && <MakeKey proposal={proposal} onCancel={() => setOpen("")} />}
      {open === "reject" && (
        <ReasonForm
          act={reject}
          id={id}
          submit="Reject the proposal"
          look="danger"
          onCancel={() => setOpen("")}
          more={asItIs(reject.error)}
        />
      )}
      {open === "withdraw" && (
        <ReasonForm
          act={withdraw}
          id={id}
          submit="Withdraw the proposal"
          look="danger"
          onCancel={() => setOpen("")}
          more={asItIs(withdraw.error)}
        />
      )}
      {open === "refresh" && (
        <ReasonForm
          act={renew}
          id={id}
          submit="Look at it again"
          onCancel={() => setOpen("")}
          more={asItIs(renew.error)}
        >
          <p className="muted">
            It is tried on the policy of now, with a new report. Approvals so far do not count any more.
          </p>
        </ReasonForm>
      )}
    </Section>
  );
}

/** Somebody else may have been faster. */
const asItIs = (error: { readonly code: string } | null) =>
  error?.code === "CONFLICT" && <Button onPress={refreshAll}>Show it as it is now</Button>;

interface ApproveProps {
  readonly onCancel: () => void;
  readonly act: Act<
    unknown,
    { readonly id: string; readonly digest: string; readonly reason: string; readonly flipsReason?: string | null }
  >;
  readonly proposal: OneProposal;
  readonly digest: string;
}

function Approve({ act, proposal: { id, replay, reportedAt }, digest, onCancel }: ApproveProps) {
  const [{ reason, flipsReason }, field] = useFields({ reason: "", flipsReason: "" });
  const isHidden = replay === null && reportedAt !== null;
  const flips = replay === null ? 0 : sum([replay.allowToDeny, replay.denyToAllow]);
  return (
    <Form
      label="Approve the proposal"
      submit="Approve the proposal"
      isRunning={act.isRunning}
      error={act.error}
      onCancel={onCancel}
      more={asItIs(act.error)}
      onSubmit={() => void act.run({ id, digest, reason, flipsReason: flipsReason.trim() === "" ? null : flipsReason })}
    >
      <p className="muted">You approve exactly what is shown here. Somebody with the role admin applies it.</p>
      <ReasonField {...field("reason")} autoFocus />
      {(isHidden || flips !== 0) && (
        <TextAreaField
          label={
            isHidden ? "Why past decisions may change" : `Why ${figure(flips)} past decisions may come out otherwise`
          }
          {...field("flipsReason")}
          rows={2}
          isRequired={isHidden}
        />
      )}
    </Form>
  );
}
