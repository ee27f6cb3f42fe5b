import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import type { AlertCause, AlertVerdict } from "../../generated/schema.ts";
import { Button, stepOf } from "../../ui/buttons.tsx";
import { Failed } from "../../ui/feedback.tsx";
import { SelectField, TextAreaField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { orNull } from "../../ui/link.ts";
import { Section } from "../../ui/panel.tsx";
import { type AlertInFull, CloseAlert, CorrectVerdict, ReopenAlert } from "./alerts.graphql.ts";
import { CAUSES, VERDICTS } from "./alertWords.ts";
import type { ClosedAlert } from "./UndoVerdict.tsx";

const CAUSE_OPTIONS = [{ id: "", name: "Not said" }, ...Object.entries(CAUSES).map(([id, name]) => ({ id, name }))];

/** Closes an alert by its verdict, or corrects the one that was given. No verdict is chosen beforehand; 1, 2 and 3 choose. */
export function VerdictForm({
  alert,
  onClosed,
}: {
  readonly alert: AlertInFull;
  readonly onClosed: (alert: ClosedAlert) => void;
}) {
  const [verdict, setVerdict] = useState<AlertVerdict | null>(null);
  const [{ cause, text }, field] = useFields({ cause: "", text: "" });
  const isClosed = alert.state === "CLOSED";
  const close = useAct(CloseAlert, ({ closeAlert }) => onClosed(closeAlert));
  const correct = useAct(CorrectVerdict);
  const reopen = useAct(ReopenAlert);
  const act = isClosed ? correct : close;
  const undo = stepOf(alert.viewerMay, "reopenAlert");
  const step = stepOf(alert.viewerMay, isClosed ? "correctVerdict" : "closeAlert");
  if (step === undefined) return null;
  // Whoever has just closed it may take that back, and nobody else.
  if (undo?.allowed === true)
    return (
      <Section title="A mistake?">
        <div className="row">
          <Button isDisabled={reopen.isRunning} onPress={() => void reopen.run({ id: alert.id })}>
            Undo the verdict
          </Button>
          <span className="muted">For ten minutes after it was given.</span>
        </div>
        {reopen.error !== null && <Failed error={reopen.error} />}
      </Section>
    );
  if (!step.allowed) return <p className="because">{step.because}</p>;
  return (
    <Section title={isClosed ? "Was it something else after all?" : "What came out?"}>
      <div className="watch-verdicts" role="group" aria-label="Verdict">
        {VERDICTS.map(({ id, name }, i) => (
          <Button
            key={id}
            k={String(i + 1)}
            aria-pressed={verdict === id}
            className={verdict === id ? "chosen" : ""}
            onPress={() => setVerdict(id)}
          >
            {name}
          </Button>
        ))}
      </div>
      {verdict !== null && (
        <Form
          label="Verdict"
          submit={isClosed ? "Correct the verdict" : "Close the alert"}
          error={act.error}
          isRunning={act.isRunning}
          onSubmit={() => void act.run({ id: alert.id, verdict, text, cause: orNull<AlertCause>(cause) })}
          onCancel={() => setVerdict(null)}
        >
          <TextAreaField
            label={isClosed ? "Why the verdict before was wrong" : "What you found"}
            {...field("text")}
            isRequired
            autoFocus
            hint="Kept on record, for whoever reads it in a year."
          />
          <SelectField label="Cause" {...field("cause")} options={CAUSE_OPTIONS} />
          {!isClosed &&
            (verdict === "EXPECTED" || cause === "MISSING_RELATION") &&
            alert.patient !== null &&
            alert.subjectId !== null && (
              <p className="muted">
                Such looks of this person at this patient will then make no alert for 30 days, unless changes take two
                people here.
              </p>
            )}
        </Form>
      )}
    </Section>
  );
}
