import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type Act, useAct } from "../../api/useAsk.ts";
import type { ProposedChangeInput } from "../../generated/schema.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import type { ApiError } from "../../transport/apiError.ts";
import { Button } from "../buttons.tsx";
import { Note } from "../feedback.tsx";
import { CheckField, ReasonField, TextField } from "../fields.tsx";
import { Form, useFields } from "../form.tsx";
import { Propose } from "./propose.graphql.ts";

interface ApplyOrProposeProps {
  /** What a proposal of it is called, unless somebody types another title. */
  readonly title: string;
  /** What the button says: the act, such as "Retire the scope". */
  readonly submit: string;
  readonly look?: "primary" | "danger";
  readonly children?: ReactNode;
  /** What is proposed; null: something is missing still. */
  readonly change: ProposedChangeInput | null;
  /** Does it at once, and says why. */
  readonly apply: (reason: string) => Promise<unknown>;
  readonly act: Pick<Act<unknown, never>, "error" | "isRunning" | "clear">;
  readonly mayApply: boolean;
  /** Why this viewer proposes it, where they may not do it at once. */
  readonly because?: string;
  /** It may be approved at once by another admin. */
  readonly hasEmergency?: boolean;
  /** It is proposed unless somebody chooses otherwise. */
  readonly isProposal?: boolean;
  /** What is wrong with it before it is sent. */
  readonly error?: ApiError | null;
  /** In the place of the button's words, while it can't be pressed. */
  readonly waits?: string | undefined;
  readonly onProposed?: (id: string) => void;
  readonly onRefused?: () => void;
  readonly onClose?: () => void;
}

/** The one form of what is done at once by who may, and proposed where somebody else must agree. */
export function ApplyOrPropose({
  title,
  submit,
  look = "primary",
  children,
  change,
  apply,
  act,
  mayApply,
  because,
  hasEmergency = false,
  isProposal = false,
  error = null,
  waits,
  onProposed,
  onRefused,
  onClose,
}: ApplyOrProposeProps) {
  const may = useMay();
  const { service } = useViewer();
  const [values, field] = useFields({ title: null as string | null, reason: "", emergency: false });
  const [isChosen, setChosen] = useState(isProposal);
  const [isMissing, setMissing] = useState(false);
  const [proposal, setProposal] = useState<string | null>(null);
  const propose = useAct(Propose, ({ proposePolicy: { id } }) => {
    setProposal(id);
    onProposed?.(id);
  });
  const needsTwo = act.error?.code === "FOUR_EYES_REQUIRED";
  const mustPropose = !mayApply || needsTwo;
  const proposes = mustPropose || isChosen;
  const { reason, emergency } = values;
  if (proposal !== null)
    return (
      <div className="stack" role="status">
        <Note>
          Proposed. Nothing has changed yet: somebody else must approve{" "}
          <Link to="/proposals" search={{ id: proposal }}>
            the proposal
          </Link>
          .
        </Note>
        {onClose !== undefined && (
          <div className="row">
            <Button onPress={onClose}>Close</Button>
          </div>
        )}
      </div>
    );
  const send = (change: ProposedChangeInput) => {
    propose.clear();
    if (!needsTwo) act.clear();
    const sent = proposes
      ? propose.run({ input: { title: (values.title ?? title).slice(0, 200), change, reason, emergency } })
      : apply(reason);
    void sent.then((answer) => answer === null && onRefused?.());
  };
  return (
    <Form
      label={submit}
      submit={waits ?? (proposes ? `Propose: ${submit.charAt(0).toLowerCase()}${submit.slice(1)}` : submit)}
      look={look}
      isRunning={act.isRunning || propose.isRunning}
      isDisabled={waits !== undefined}
      error={propose.error ?? (needsTwo ? null : act.error) ?? error}
      onSubmit={() => {
        setMissing(change === null);
        return change !== null && send(change);
      }}
      {...(onClose && { onCancel: onClose })}
      more={
        !mustPropose &&
        may("proposePolicy") && (
          <Button look="quiet" onPress={() => setChosen(!isChosen)}>
            {isChosen ? "Do it at once instead" : "Propose it instead"}
          </Button>
        )
      }
    >
      {children}
      {isMissing && change === null && <Note tone="warn">Something above is not filled in yet.</Note>}
      {mustPropose && (needsTwo || because !== undefined) && (
        <Note>{needsTwo ? "Two people change this here: you propose it, somebody else approves it." : because}</Note>
      )}
      {proposes && (
        <TextField
          label="Title of the proposal"
          {...field("title")}
          value={values.title ?? title}
          isRequired
          hint="What it is about, for who has to approve it."
        />
      )}
      <ReasonField {...field("reason")} />
      {proposes && hasEmergency && service.fourEyes && may("applyPolicy") && (
        <CheckField
          label="Emergency: another admin approves and applies it within an hour, without a report. It is marked so for good."
          {...field("emergency")}
        />
      )}
      {proposes && service.canTwoApprove === false && (
        <Note tone="warn">Nobody else has a key that could approve it. An admin makes one.</Note>
      )}
    </Form>
  );
}
