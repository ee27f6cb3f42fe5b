import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Asked, useAct, useAsk } from "../../api/useAsk.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Failed, Loading, Note } from "../feedback.tsx";
import { CheckField, ReasonField, TextAreaField, TextField } from "../fields.tsx";
import { Form } from "../form.tsx";
import { Section } from "../panel.tsx";
import { count } from "../words.ts";
import { ChangeList } from "./ChangeList.tsx";
import { justified, type Unjustified, unjustified } from "./justification.ts";
import { ApplyNow, Propose, RollBackNow, type TriedPolicy, TryPolicy, TryRollback } from "./propose.graphql.ts";

export interface ProposeFormProps {
  /** What is proposed, as `applyPolicy` takes it. */
  readonly operations?: readonly PolicyOperation[];
  /** In the place of operations: the revision whose policy shall hold again. */
  readonly rollbackTo?: number;
  /** A title to begin with. */
  readonly title?: string;
  /** It is proposed, under this id; null: it was applied at once. */
  readonly onDone?: (id: string | null) => void;
  readonly onCancel?: () => void;
}

/** It is tried as it is opened, so that what it does stands above the fields. */
const TRIED = { reason: "Tried before it is proposed", dryRun: true };
const NONE: readonly PolicyOperation[] = [];

/** Proposes a change, or applies it at once for who may: first what it would do, then why. */
export function ProposeForm({ operations = NONE, rollbackTo, ...rest }: ProposeFormProps) {
  const [texts, setTexts] = useState<Readonly<Record<number, string>>>({});
  const whole = justified(operations, texts);
  const isRollback = rollbackTo !== undefined;
  const policy = useAsk(TryPolicy, { input: { ...TRIED, operations: whole } }, { when: !isRollback });
  const rollback = useAsk(TryRollback, { toRevision: rollbackTo ?? 0, reason: TRIED.reason }, { when: isRollback });
  const asked = isRollback ? rollback : policy;
  const tried = rollback.data?.rollbackPolicy ?? policy.data?.applyPolicy;
  if (tried !== undefined)
    return (
      <Tried {...rest} operations={whole} {...(isRollback && { rollbackTo })} tried={tried} onAgain={asked.refresh} />
    );
  const missing = unjustified(asked.error, operations);
  if (missing.length > 0)
    return <Justify missing={missing} onSaid={(said) => setTexts({ ...texts, ...said })} {...rest} />;
  return <Waiting asked={asked} />;
}

const Waiting = ({ asked: { error, refresh } }: { readonly asked: Pick<Asked<unknown>, "error" | "refresh"> }) =>
  error === null ? <Loading rows={3} /> : <Failed error={error} retry={refresh} />;

interface JustifyProps extends Pick<ProposeFormProps, "onCancel"> {
  readonly missing: readonly Unjustified[];
  readonly onSaid: (texts: Readonly<Record<number, string>>) => void;
}

/** What is so broad that it stands only with a reason of its own. */
function Justify({ missing, onSaid, onCancel }: JustifyProps) {
  const [texts, setTexts] = useState<Readonly<Record<number, string>>>({});
  return (
    <Form submit="Go on with these reasons" onSubmit={() => onSaid(texts)} {...(onCancel && { onCancel })}>
      <Note tone="warn">
        This is refused unless it says why it must stand. Better narrow it; else say why, and the reason is kept with
        it.
      </Note>
      {missing.map(({ at, what, problems }) => (
        <div key={at} className="stack">
          <ul className="problems">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
          <TextAreaField
            label={`Why ${what} must stand`}
            value={texts[at] ?? ""}
            onChange={(text) => setTexts({ ...texts, [at]: text })}
            rows={2}
            isRequired
          />
        </div>
      ))}
    </Form>
  );
}

interface TriedProps extends Omit<ProposeFormProps, "operations"> {
  readonly operations: readonly PolicyOperation[];
  readonly tried: TriedPolicy;
  readonly onAgain: () => void;
}

function Tried({ operations, rollbackTo, tried, onAgain, title = "", onDone, onCancel }: TriedProps) {
  const may = useMay();
  const { service } = useViewer();
  const [name, setName] = useState(title);
  const [reason, setReason] = useState("");
  const [emergency, setEmergency] = useState(false);
  const [done, setDone] = useState<{ readonly id: string } | { readonly revision: number } | null>(null);
  const propose = useAct(Propose, ({ proposePolicy: { id } }) => {
    setDone({ id });
    onDone?.(id);
  });
  const applied = (revision: number) => {
    setDone({ revision });
    onDone?.(null);
  };
  const apply = useAct(ApplyNow, ({ applyPolicy }) => applied(applyPolicy.revision));
  const rollBack = useAct(RollBackNow, ({ rollbackPolicy }) => applied(rollbackPolicy.revision));
  const widens = (tried.findings ?? []).filter(({ code }) => code === "WIDENS_ALLOW").length;
  const isRunning = propose.isRunning || apply.isRunning || rollBack.isRunning;
  const error = propose.error ?? apply.error ?? rollBack.error;

  if (done !== null)
    return (
      <Note>
        {"id" in done ? (
          <>
            It is proposed. Somebody else approves it;{" "}
            <Link to="/proposals" search={{ id: done.id }}>
              open the proposal
            </Link>
            .
          </>
        ) : (
          <>
            It is in force as{" "}
            <Link to="/revisions" search={{ id: String(done.revision) }}>
              revision {done.revision}
            </Link>
            .
          </>
        )}
      </Note>
    );
  // What changes nothing is answered with the revision in force, and so with its reason.
  if (tried.reason !== TRIED.reason) return <Note>This would change nothing: the policy says so already.</Note>;

  const applyNow = () => {
    // The revision as it would be is the one after that on which it was tried.
    const expectedRevision = tried.revision - 1;
    propose.clear();
    if (rollbackTo === undefined) void apply.run({ input: { operations, reason, expectedRevision } });
    else void rollBack.run({ toRevision: rollbackTo, reason, expectedRevision });
  };
  return (
    <div className="stack">
      <Section title={`What it changes (${count(tried.changeCount, "change")})`}>
        {widens > 0 && (
          <Note tone="warn">{widens === 1 ? "One change may" : `${widens} changes may`} allow what is denied now.</Note>
        )}
        {widens === 0 && <Note>Nothing that is denied now would be allowed.</Note>}
        <ChangeList changes={tried.changes} total={tried.changeCount} findings={tried.findings} />
      </Section>
      <Form
        label="Propose the change"
        submit="Propose it"
        isRunning={isRunning}
        error={error}
        onSubmit={() => {
          apply.clear();
          rollBack.clear();
          const change = rollbackTo === undefined ? { operations } : { rollbackTo };
          void propose.run({ input: { title: name, reason, change, emergency } });
        }}
        {...(onCancel && { onCancel })}
        more={
          <>
            {may(rollbackTo === undefined ? "applyPolicy" : "rollbackPolicy") &&
              (!service.fourEyes || widens === 0) && (
                <Button onPress={applyNow} isDisabled={isRunning}>
                  Apply it now
                </Button>
              )}
            {error?.code === "CONFLICT" && <Button onPress={onAgain}>Try it on the policy of now</Button>}
          </>
        }
      >
        <TextField
          label="Title"
          name="title"
          value={name}
          onChange={setName}
          isRequired
          hint="What it is about, for who has to approve it."
        />
        <ReasonField value={reason} onChange={setReason} />
        {service.fourEyes && may("applyPolicy") && (
          <CheckField
            label="Emergency: another admin approves and applies it within an hour, without a report. It is marked so for good."
            value={emergency}
            onChange={setEmergency}
          />
        )}
        {service.canTwoApprove === false && (
          <Note tone="warn">Nobody else has a key that could approve it. An admin makes one.</Note>
        )}
      </Form>
    </div>
  );
}
