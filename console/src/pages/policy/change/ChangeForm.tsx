import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { queryClient, useAct } from "../../../api/useAsk.ts";
import type { PolicyOperation } from "../../../generated/schema.ts";
import { useMay, useViewer } from "../../../session/useSession.ts";
import { Button } from "../../../ui/buttons.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { ReasonField } from "../../../ui/fields.tsx";
import { Form } from "../../../ui/form.tsx";
import { changeSearch } from "../../../ui/policyChange/changeLink.ts";
import { ChangeList } from "../../../ui/propose/ChangeList.tsx";
import { ApplyNow, Propose, type TriedPolicy, TryPolicy } from "../../../ui/propose/propose.graphql.ts";
import { HistoryOf } from "./history.graphql.ts";
import { useSettled } from "./useSettled.ts";

interface ChangeFormProps {
  /** What the change is, as a proposal is called: "Retire view_labs". */
  readonly title: string;
  /** Null: something is missing still. */
  readonly operations: readonly PolicyOperation[] | null;
  /** What the button says. */
  readonly submit: string;
  readonly look?: "primary" | "danger";
  readonly children?: ReactNode;
  /** After it was done, or proposed: ask anew what is shown. */
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Whether the viewer may change the policy, or propose a change. */
export function useMayChange(): boolean {
  const may = useMay();
  return may("applyPolicy") || may("proposePolicy");
}

/** Says that it was only tried. What changes nothing is answered with the revision in force, and so with its reason. */
const TRIED = "Tried in the console";

const changesNothing = (tried: TriedPolicy): boolean => tried.reason !== TRIED;

/** What a change does to the policy, line by line, and what of it may allow more. */
function WhatChanges({
  tried,
  operations,
}: {
  readonly tried: TriedPolicy;
  readonly operations: readonly PolicyOperation[];
}) {
  const may = useMay();
  if (changesNothing(tried)) return <Note>The policy says this already: nothing would change.</Note>;
  return (
    <div className="policy-trial" role="status">
      <strong>What changes</strong>
      <ChangeList changes={tried.changes} total={tried.changeCount} findings={tried.findings} />
      {may("startReplay") && (
        <Link to="/what-if" search={changeSearch(operations)}>
          Try it on what was decided
        </Link>
      )}
    </div>
  );
}

/**
 * The one form by which the policy is changed. What is typed is tried at the service as it stands: what it finds wrong is at its field, what would change is
 * below. It is applied on the revision that was tried, or proposed where somebody else must agree.
 */
export function ChangeForm({
  title,
  operations,
  submit,
  look = "primary",
  children,
  onDone,
  onClose,
}: ChangeFormProps) {
  const may = useMay();
  const { service } = useViewer();
  const [reason, setReason] = useState("");
  const [round, setRound] = useState(0);
  const [done, setDone] = useState<{ readonly revision: number } | { readonly proposal: string } | null>(null);
  const trial = useSettled(
    TryPolicy,
    operations === null ? null : { input: { operations, reason: TRIED, dryRun: true } },
    round,
  );
  const tried = trial.data?.applyPolicy;
  const apply = useAct(ApplyNow, ({ applyPolicy }) => setDone({ revision: applyPolicy.revision }));
  const propose = useAct(Propose, ({ proposePolicy }) => setDone({ proposal: proposePolicy.id }));
  const widens = tried?.findings?.some(({ code }) => code === "WIDENS_ALLOW") ?? false;
  const mustPropose = !may("applyPolicy") || (service.fourEyes && widens);

  const isIdle = tried === undefined || changesNothing(tried);

  const run = async (how: "apply" | "propose") => {
    if (operations === null || tried === undefined) return;
    propose.clear();
    apply.clear();
    const answer =
      how === "propose"
        ? await propose.run({ input: { title: title.slice(0, 200), change: { operations }, reason } })
        : await apply.run({ input: { operations, reason, expectedRevision: tried.revision - 1 } });
    if (answer !== null) {
      void queryClient.refetchQueries({ queryKey: [HistoryOf.name] });
      onDone();
    } else setRound((n) => n + 1);
  };

  if (done !== null)
    return (
      <div className="stack" role="status">
        <Note>
          {"revision" in done ? (
            <>
              Done: it is in force, as{" "}
              <Link to="/revisions" search={{ id: String(done.revision) }}>
                revision {done.revision}
              </Link>{" "}
              of the policy.
            </>
          ) : (
            <>
              Proposed. Nothing has changed yet: somebody else must approve{" "}
              <Link to="/proposals" search={{ id: done.proposal }}>
                the proposal
              </Link>
              .
            </>
          )}
        </Note>
        <div className="row">
          <Button onPress={onClose}>Close</Button>
        </div>
      </div>
    );
  const error = apply.error ?? propose.error ?? trial.error;
  const isRunning = apply.isRunning || propose.isRunning;
  return (
    <Form
      label={title}
      submit={mustPropose ? `Propose: ${submit.charAt(0).toLowerCase()}${submit.slice(1)}` : submit}
      look={look}
      isRunning={isRunning}
      isDisabled={isIdle}
      error={error}
      onSubmit={() => void run(mustPropose ? "propose" : "apply")}
      onCancel={onClose}
      more={
        !mustPropose &&
        may("proposePolicy") && (
          <Button
            look="quiet"
            isDisabled={isIdle || isRunning || reason.trim() === ""}
            onPress={() => void run("propose")}
          >
            Propose it instead
          </Button>
        )
      }
    >
      {children}
      {tried !== undefined && operations !== null && <WhatChanges tried={tried} operations={operations} />}
      {trial.isAsking && <p className="muted small">Trying it, without changing anything…</p>}
      {mustPropose && !isIdle && (
        <Note>
          {may("applyPolicy")
            ? "As it may allow more, it is proposed: it holds once somebody else has approved it."
            : "Your role proposes changes: it holds once an admin has approved and applied it."}
        </Note>
      )}
      <ReasonField value={reason} onChange={setReason} />
    </Form>
  );
}
