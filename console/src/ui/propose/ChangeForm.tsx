import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { useSettled } from "../../api/useSettled.ts";
import type { PolicyOperation } from "../../generated/schema.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Note } from "../feedback.tsx";
import { TextAreaField } from "../fields.tsx";
import { WhatItTakes } from "../impact/WhatItTakes.tsx";
import { WhomItHits } from "../impact/WhomItHits.tsx";
import { count } from "../words.ts";
import { ApplyOrPropose } from "./ApplyOrPropose.tsx";
import { ChangeList } from "./ChangeList.tsx";
import { justified, type Unjustified, unjustified } from "./justification.ts";
import { ApplyNow, RollBackNow, type TriedPolicy, TryPolicy, TryRollback } from "./propose.graphql.ts";

interface ChangeFormProps {
  /** What the change is, as a proposal is called: "Retire view_labs". */
  readonly title: string;
  /** As `applyPolicy` takes it. Null: something is missing still. */
  readonly operations?: readonly PolicyOperation[] | null;
  /** In the place of operations: the revision whose policy shall hold again. */
  readonly rollbackTo?: number;
  /** What the button says. */
  readonly submit: string;
  readonly look?: "primary" | "danger";
  /** It is proposed unless somebody chooses otherwise. */
  readonly isProposal?: boolean;
  /** Of what is created: whether it exists already; then nothing of the change is tried or sent. */
  readonly taken?: { readonly is: boolean; readonly isAsking: boolean };
  /** What the lint finds wrong stands at the fields. */
  readonly isLinted?: boolean;
  /** Of what it is told whom it would hit, where that is more than the change: and whether at once, as nobody types. */
  readonly hits?: {
    readonly operations?: readonly PolicyOperation[];
    readonly isAsked?: boolean;
    readonly when?: string;
  };
  readonly children?: ReactNode;
  /** After it was done, or proposed: ask anew what is shown. */
  readonly onDone?: (how: "applied" | "proposed") => void;
  readonly onClose?: () => void;
}

/** Whether the viewer may change the policy, or propose a change. */
export function useMayChange(): boolean {
  const may = useMay();
  return may("applyPolicy") || may("proposePolicy");
}

/** Says that it was only tried. What changes nothing is answered with the revision in force, and so with its reason. */
const TRIED = "Tried in the console";
const changesNothing = (tried: TriedPolicy): boolean => tried.reason !== TRIED;
const widening = (tried: TriedPolicy): number =>
  (tried.findings ?? []).filter(({ code }) => code === "WIDENS_ALLOW").length;

/** What a change does to the policy, line by line, and what of it may allow more. */
function WhatChanges({
  tried,
  operations,
  hits,
}: {
  readonly tried: TriedPolicy;
  readonly operations: readonly PolicyOperation[];
  readonly hits: ChangeFormProps["hits"];
}) {
  const widens = widening(tried);
  if (changesNothing(tried)) return <Note>The policy says this already: nothing would change.</Note>;
  return (
    <div className="policy-trial" role="status">
      <strong>What changes ({count(tried.changeCount, "change")})</strong>
      <Note tone={widens === 0 ? "plain" : "warn"}>
        {widens === 0
          ? "Nothing that is denied now would be allowed."
          : `${widens === 1 ? "One change may" : `${widens} changes may`} allow what is denied now.`}
      </Note>
      {widens === 0 && (
        <WhatItTakes operations={hits?.operations ?? operations} {...(hits?.when && { when: hits.when })} />
      )}
      <ChangeList changes={tried.changes} total={tried.changeCount} findings={tried.findings} />
      <WhomItHits
        operations={hits?.operations ?? operations}
        isAsked={hits?.isAsked ?? false}
        {...(hits?.when && { when: hits.when })}
      />
    </div>
  );
}

/** What is so broad that it stands only with a reason of its own. */
function Justify({
  isLinted,
  needed,
  texts,
  onSay,
}: {
  readonly isLinted: boolean;
  readonly needed: readonly Unjustified[];
  readonly texts: Readonly<Record<number, string>>;
  readonly onSay: (at: number, text: string) => void;
}) {
  return (
    <>
      <Note tone="warn">
        This is refused unless it says why it must stand. Better narrow it; else say why, and the reason is kept with
        it.
      </Note>
      {needed.map(({ at, what, problems }) => (
        <div key={at} className="stack">
          {!isLinted && (
            <ul className="problems">
              {problems.map((problem) => (
                <li key={problem}>{problem.replace(/^[A-Z_]+: /, "")}</li>
              ))}
            </ul>
          )}
          <TextAreaField
            label={`Why ${what} must stand`}
            value={texts[at] ?? ""}
            onChange={(text) => onSay(at, text)}
            rows={2}
            isRequired
          />
        </div>
      ))}
    </>
  );
}

/** What a change would do, asked anew whenever it has changed; and the reasons that what is broad in it needs. */
function useTrial(operations: readonly PolicyOperation[] | null, rollbackTo: number | undefined, round: number) {
  const [texts, setTexts] = useState<Readonly<Record<number, string>>>({});
  const [known, setKnown] = useState<readonly Unjustified[]>([]);
  const whole = operations === null ? null : justified(operations, texts);
  const policy = useSettled(
    TryPolicy,
    whole === null || rollbackTo !== undefined ? null : { input: { operations: whole, reason: TRIED, dryRun: true } },
    round,
  );
  const rollback = useSettled(
    TryRollback,
    rollbackTo === undefined ? null : { toRevision: rollbackTo, reason: TRIED },
    round,
  );
  const { error, isAsking } = rollbackTo === undefined ? policy : rollback;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of these operations the error speaks
  useEffect(() => {
    const found = unjustified(error, whole ?? []);
    if (found.length > 0) setKnown((old) => [...old.filter(({ at }) => found.every((one) => one.at !== at)), ...found]);
  }, [error]);
  const missing = unjustified(error, whole ?? []);
  return {
    operations: whole,
    tried: policy.data?.applyPolicy ?? rollback.data?.rollbackPolicy,
    isAsking,
    error: missing.length > 0 ? null : error,
    needed: known.filter(({ at }) => (texts[at] ?? "") !== "" || missing.some((one) => one.at === at)),
    texts,
    say: (at: number, text: string) => setTexts((old) => ({ ...old, [at]: text })),
  };
}

/**
 * The one form by which the policy is changed. What is typed is tried at the service as it stands: what it finds wrong is at its field, what would change is
 * below. It is applied on the revision that was tried, or proposed where somebody else must agree.
 */
export function ChangeForm({
  title,
  operations: wanted = null,
  taken,
  rollbackTo,
  submit,
  look = "primary",
  isProposal = false,
  isLinted = false,
  hits,
  children,
  onDone,
  onClose,
}: ChangeFormProps) {
  const may = useMay();
  const { service } = useViewer();
  const [round, setRound] = useState(0);
  const [made, setMade] = useState<number | null>(null);
  const trial = useTrial(taken?.is === true || taken?.isAsking === true ? null : wanted, rollbackTo, round);
  const { operations, tried } = trial;
  const done = (revision: number) => {
    setMade(revision);
    onDone?.("applied");
  };
  const apply = useAct(ApplyNow, ({ applyPolicy }) => done(applyPolicy.revision));
  const rollBack = useAct(RollBackNow, ({ rollbackPolicy }) => done(rollbackPolicy.revision));
  const isRollback = rollbackTo !== undefined;
  const mayApply = may(isRollback ? "rollbackPolicy" : "applyPolicy");
  const needsTwo = service.fourEyes && tried !== undefined && widening(tried) > 0;

  if (made !== null)
    return (
      <div className="stack" role="status">
        <Note>
          Done: it is in force, as{" "}
          <Link to="/revisions" search={{ id: String(made) }}>
            revision {made}
          </Link>{" "}
          of the policy.
        </Note>
        {onClose !== undefined && (
          <div className="row">
            <Button onPress={onClose}>Close</Button>
          </div>
        )}
      </div>
    );
  const applyNow = (reason: string): Promise<unknown> => {
    if (tried === undefined) return Promise.resolve(null);
    // The revision as it would be is the one after that on which it was tried.
    const expectedRevision = tried.revision - 1;
    return isRollback
      ? rollBack.run({ toRevision: rollbackTo, reason, expectedRevision })
      : apply.run({ input: { operations: operations ?? [], reason, expectedRevision } });
  };
  const hasAnswer = tried !== undefined && !changesNothing(tried);
  return (
    <ApplyOrPropose
      title={title}
      submit={submit}
      look={look}
      change={isRollback ? { rollbackTo } : operations === null ? null : { operations }}
      apply={applyNow}
      act={isRollback ? rollBack : apply}
      mayApply={mayApply && !needsTwo}
      {...(hasAnswer && {
        because: mayApply
          ? "As it may allow more, it is proposed: it holds once somebody else has approved it."
          : "Your role proposes changes: it holds once an admin has approved and applied it.",
      })}
      hasEmergency
      isProposal={isProposal}
      error={trial.error}
      waits={
        trial.isAsking || taken?.isAsking === true
          ? "Trying it…"
          : tried !== undefined && !hasAnswer
            ? submit
            : undefined
      }
      onProposed={() => onDone?.("proposed")}
      onRefused={() => setRound((n) => n + 1)}
      {...(onClose && { onClose })}
    >
      {children}
      {trial.needed.length > 0 && (
        <Justify isLinted={isLinted} needed={trial.needed} texts={trial.texts} onSay={trial.say} />
      )}
      {tried !== undefined && <WhatChanges tried={tried} operations={operations ?? []} hits={hits} />}
    </ApplyOrPropose>
  );
}
