import { useState } from "react";
import { renew } from "../../api/renewal.ts";
import { useAct } from "../../api/useAsk.ts";
import { stepOf } from "../../ui/buttons.tsx";
import { isoOf } from "../../ui/days.ts";
import { Note } from "../../ui/feedback.tsx";
import { ChoiceField, DateField, ReasonField, TextField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ActorName } from "../../ui/names.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { Day, When } from "../../ui/when.tsx";
import { count, words } from "../../ui/words.ts";
import { AccessText, HolderName, mayDecide, UseText, VERDICT_WORDS } from "./reviewItemColumns.tsx";
import { DecideReviewItem, type ReviewItemRow } from "./reviews.graphql.ts";

type Verdict = "KEEP" | "REMOVE" | "REDUCE";

interface PanelProps {
  /** One, or several that are decided alike. */
  readonly of: readonly ReviewItemRow[];
  readonly verdict: Verdict | "";
  readonly onVerdict: (verdict: Verdict) => void;
  readonly onClose: () => void;
  readonly onDecided: (done: readonly ReviewItemRow[]) => void;
}

/** What is known of an item, and the verdict; of several the verdict alone. */
export function ReviewItemPanel({ of, verdict, onVerdict, onClose, onDecided }: PanelProps) {
  const [item] = of;
  if (item === undefined) return null;
  const step = stepOf(item.viewerMay, "decideReviewItem");
  return (
    <Panel
      label="Review item"
      above={of.length === 1 && item.verdict !== "UNDECIDED" && <Chip>{VERDICT_WORDS[item.verdict]}</Chip>}
      title={of.length > 1 ? `${of.length} chosen` : <HolderName of={item} />}
      onClose={onClose}
    >
      {of.length > 1 ? (
        <>
          <ul className="people-chosen">
            {of.map((each) => (
              <li key={each.id}>
                <HolderName of={each} />{" "}
                <span className="muted">
                  <AccessText of={each} />
                </span>
              </li>
            ))}
          </ul>
          <Note>The report tells how many were decided at once.</Note>
        </>
      ) : (
        <Evidence of={item} />
      )}
      {of.every(mayDecide) ? (
        <Decide of={of} verdict={verdict} onVerdict={onVerdict} onDecided={onDecided} />
      ) : (
        item.verdict === "UNDECIDED" && step !== undefined && <p className="because">{step.because}</p>
      )}
    </Panel>
  );
}

function Evidence({ of }: { readonly of: ReviewItemRow }) {
  const to = of.advice?.to;
  return (
    <>
      <Facts
        of={{
          Access: <AccessText of={of} />,
          Use: <UseText of={of} />,
          "Used in":
            of.usedInCount !== null &&
            of.usedInCount > 0 &&
            `${of.usedIn.map((name) => name ?? "none named").join(", ")}${of.usedInCount > of.usedIn.length ? ` and ${of.usedInCount - of.usedIn.length} more` : ""}`,
          Given: of.assignedAt !== null && (
            <>
              <Day at={of.assignedAt} /> by <ActorName actor={of.assignedBy} />
            </>
          ),
          "Given because": of.assignedReason,
          Ends: of.validUntil !== null && <When at={of.validUntil} />,
          "Would do":
            of.smaller !== null &&
            (of.smaller.scopes.length === 0 ? "other scopes of the client serve as well" : of.smaller.scopes.join(" ")),
          "Left out until": of.exceptedUntil !== null && <Day at={of.exceptedUntil} />,
          "Evidence says":
            of.advice === null ? (
              "nothing: it was seen for too short a time, or is excepted"
            ) : (
              <>
                {words(of.advice.verdict)}
                {to != null && ` to ${[...(to.scopes ?? []), ...(to.organizations ?? [])].join(", ")}`}:{" "}
                {of.advice.formula}
              </>
            ),
        }}
      />
      {of.verdict !== "UNDECIDED" && (
        <Section title="What was decided">
          <blockquote className="people-said">{of.reason}</blockquote>
          <p className="muted">
            {VERDICT_WORDS[of.verdict]} by <ActorName actor={of.decidedBy} />, <When at={of.decidedAt} />
          </p>
          {of.outcome !== null && (
            <p>
              {words(of.outcome)}. {of.outcomeNote}
            </p>
          )}
        </Section>
      )}
    </>
  );
}

const CHOICES = [
  { id: "KEEP", name: "Keep", hint: "It is still needed, as it is.", k: "1" },
  { id: "REMOVE", name: "Remove", hint: "It goes, once somebody else approves the proposal.", k: "2" },
];
const REDUCE = { id: "REDUCE", name: "Reduce", hint: "Less would do.", k: "3" };
const listIn = (text: string) => {
  const found = text.split(/[\s,]+/).filter((part) => part !== "");
  return found.length === 0 ? null : found;
};

function Decide({ of, verdict, onVerdict, onDecided }: Pick<PanelProps, "of" | "verdict" | "onVerdict" | "onDecided">) {
  const [{ reason, reduceTo: instead, until }, field] = useFields({ reason: "", reduceTo: "", until: "" });
  const [done, setDone] = useState<readonly ReviewItemRow[]>([]);
  const [isWorking, setWorking] = useState(false);
  const act = useAct(DecideReviewItem, undefined, { renews: false });
  const [item] = of;
  const proven = item?.advice?.verdict === "REDUCE";
  const what = item?.role === null ? "scopes" : "organizations";
  const canReduce = of.length === 1;
  const decide = async () => {
    if (verdict === "") return;
    setWorking(true);
    const finished: ReviewItemRow[] = [];
    for (const { id } of of.filter((each) => done.every((one) => one.id !== each.id))) {
      const list = listIn(instead);
      const end = isoOf(until);
      const reduceTo =
        verdict === "REDUCE" && (list !== null || end !== null) ? { [what]: list, validUntil: end } : null;
      const answer = await act.run({ id, verdict, reason, reduceTo, exceptUntil: verdict === "KEEP" ? end : null });
      if (answer === null) break;
      finished.push(answer.decideReviewItem);
      setDone([...done, ...finished]);
    }
    setWorking(false);
    if (finished.length > 0) void renew("CHANGE");
    const all = [...done, ...finished];
    if (all.length === of.length) onDecided(all);
  };
  return (
    <Section title={of.length > 1 ? `Decide all ${of.length} alike` : "Is it still needed?"}>
      <Form
        submit={
          verdict === ""
            ? "Record the verdict"
            : verdict === "KEEP"
              ? "Keep it"
              : verdict === "REMOVE"
                ? "Remove it"
                : "Reduce it"
        }
        look={verdict === "REMOVE" ? "danger" : "primary"}
        error={act.error}
        isRunning={isWorking}
        onSubmit={() => void decide()}
      >
        <ChoiceField
          label="Verdict"
          name="verdict"
          value={verdict}
          onChange={(value) => onVerdict(value as Verdict)}
          options={canReduce ? [...CHOICES, REDUCE] : CHOICES}
          isRequired
          isDisabled={done.length > 0}
        />
        {verdict === "REDUCE" && (
          <>
            <TextField
              label={what === "scopes" ? "Scopes instead" : "Only in these organizations"}
              {...field("reduceTo")}
              isCode
              hint={
                proven
                  ? "Empty: what the evidence proves."
                  : what === "scopes"
                    ? "Narrower SMART scopes in its place."
                    : "Of a role in all organizations."
              }
            />
            <DateField label="Ends earlier" type="datetime-local" {...field("until")} name="validUntil" />
          </>
        )}
        {verdict === "KEEP" && of.every(({ uses }) => uses === 0) && (
          <DateField
            label="May stand unused until"
            type="datetime-local"
            {...field("until")}
            name="exceptUntil"
            hint="For what is used in its season alone. Empty: the next review asks again."
          />
        )}
        <ReasonField
          key={verdict}
          {...field("reason")}
          autoFocus={verdict !== ""}
          hint="Kept on record. It can't be taken back."
        />
        {done.length > 0 && done.length < of.length && (
          <Note tone="warn">
            {count(done.length, "item is", "items are")} decided, {of.length - done.length} are not.
          </Note>
        )}
      </Form>
    </Section>
  );
}
