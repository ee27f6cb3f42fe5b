import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useAct, useAsk } from "../../api/useAsk.ts";
import type { AlertResponse, Severity } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { Button, StepButton, stepOf, type ViewerStep } from "../../ui/buttons.tsx";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { ChoiceField, type Option, ReasonField, SelectField } from "../../ui/fields.tsx";
import { Form } from "../../ui/form.tsx";
import { Section } from "../../ui/panel.tsx";
import { When, whenWords } from "../../ui/when.tsx";
import { AlertResponses, LiftRestriction, Restrict } from "./restrictions.graphql.ts";

export const RESPONSES: Readonly<Record<AlertResponse, string>> = {
  SUSPENSION: "Everything is denied",
  STEP_UP: "They prove anew who they are",
};
/** The longest for which a person may be blocked without an alert, in minutes. */
const MOST_OF_A_PERSON = 1440;
const TIMES = [
  [15, "15 minutes"],
  [60, "1 hour"],
  [240, "4 hours"],
  [480, "8 hours"],
  [1440, "24 hours"],
] as const;

interface Way extends Option {
  readonly response: AlertResponse;
  readonly maxMinutes: number;
  readonly ofAlert: boolean;
}

/** In which ways it may be done: a person by itself, and because of an alert what the policy lets. */
function waysOf(of: {
  readonly subject: boolean;
  readonly severity: Severity | null;
  readonly permitted: ReadonlyMap<AlertResponse, number>;
}): readonly Way[] {
  const ways: Way[] = [];
  if (of.subject)
    ways.push({
      id: "person",
      name: "Block the person",
      hint: "Everything that is asked for them is denied, by whichever client.",
      response: "SUSPENSION",
      maxMinutes: MOST_OF_A_PERSON,
      ofAlert: false,
    });
  const suspend = of.permitted.get("SUSPENSION");
  if (suspend !== undefined && of.severity === "HIGH")
    ways.push({
      id: "suspend",
      name: "Suspend whom the alert is about",
      hint: "Everything is denied, because of this alert.",
      response: "SUSPENSION",
      maxMinutes: suspend,
      ofAlert: true,
    });
  const stepUp = of.permitted.get("STEP_UP");
  if (stepUp !== undefined && of.severity !== null)
    ways.push({
      id: "stepUp",
      name: "Ask for a new sign-in",
      hint: "What they may do goes on once they have proved anew who they are.",
      response: "STEP_UP",
      maxMinutes: stepUp,
      ofAlert: true,
    });
  return ways;
}

interface RestrictFormProps {
  /** Null: without an alert. */
  readonly alertId: string | null;
  readonly severity: Severity | null;
  /** The person; null: not one person, or not by name. */
  readonly subject: { readonly id: string; readonly type: string } | null;
  readonly done: () => void;
  readonly onCancel: () => void;
  /** Fields above the others. */
  readonly children?: ReactNode;
}

/** Blocks somebody now: how, for how long and why, with its end and the way back. */
export function RestrictForm({ alertId, severity, subject, done, onCancel, children }: RestrictFormProps) {
  const asked = useAsk(AlertResponses, {}, { when: alertId !== null });
  const [way, setWay] = useState("");
  const [minutes, setMinutes] = useState("");
  const [reason, setReason] = useState("");
  const act = useAct(Restrict, done);
  if (asked.isPending) return <Loading rows={2} />;
  if (asked.error !== null) return <Failed error={asked.error} retry={asked.refresh} />;
  const permitted = new Map<AlertResponse, number>();
  for (const { node } of asked.data?.organizations.edges ?? [])
    for (const { response, maxMinutes } of node.settings?.alertResponses ?? [])
      permitted.set(response, Math.max(maxMinutes, permitted.get(response) ?? 0));
  const ways = waysOf({ subject: subject !== null, severity, permitted });
  if (ways.length === 0)
    return (
      <div className="stack">
        <Note tone="warn">
          This alert is about no person by name, and the policy lets no alert restrict access (the setting
          alertResponses). An admin can <Link to="/clients">suspend the client</Link>.
        </Note>
        <Button look="quiet" onPress={onCancel}>
          Close
        </Button>
      </div>
    );
  const chosen = ways.length === 1 ? ways[0] : ways.find(({ id }) => id === way);
  const ends = minutes === "" ? null : whenWords(new Date(serviceNow().getTime() + Number(minutes) * 60_000));
  const send = () => {
    if (chosen === undefined) return;
    const who = chosen.ofAlert ? { alertId } : { subject };
    void act.run({ input: { ...who, response: chosen.response, minutes: Number(minutes), reason } });
  };
  return (
    <Form
      label="Block it now"
      submit={chosen?.name ?? "Block it now"}
      look="danger"
      error={act.error}
      isRunning={act.isRunning}
      onSubmit={send}
      onCancel={onCancel}
    >
      {children}
      {ways.length === 1 ? (
        <p className="muted">{ways[0]?.hint}</p>
      ) : (
        <ChoiceField label="How" value={way} onChange={setWay} options={ways} isRequired />
      )}
      <ReasonField
        value={reason}
        onChange={setReason}
        autoFocus={children === undefined}
        hint="Kept on record, and not shown to whose access it is."
      />
      <SelectField
        label="For"
        name="minutes"
        value={minutes}
        onChange={setMinutes}
        isRequired
        options={TIMES.filter(([time]) => time <= (chosen?.maxMinutes ?? MOST_OF_A_PERSON)).map(([time, name]) => ({
          id: String(time),
          name,
        }))}
      />
      <p className="muted">
        {ends === null ? "It ends by itself after that time." : `It ends by itself at ${ends}.`} Whoever may impose it
        can lift it before, here and under Restrictions.
      </p>
    </Form>
  );
}

interface InForce {
  readonly id: string;
  readonly response: AlertResponse;
  readonly until: string;
  readonly viewerMay: readonly ViewerStep[];
}

/** What is in force, and the way back. */
export function LiftForm({ restriction, done }: { readonly restriction: InForce; readonly done: () => void }) {
  const [reason, setReason] = useState<string | null>(null);
  const act = useAct(LiftRestriction, done);
  const { id, response, until, viewerMay } = restriction;
  return (
    <Section title="Restricted now">
      <p>
        {RESPONSES[response]}, until <When at={until} />.
      </p>
      {reason === null ? (
        <div className="row">
          <StepButton step={stepOf(viewerMay, "liftRestriction")} k="l" onPress={() => setReason("")}>
            Lift it
          </StepButton>
        </div>
      ) : (
        <Form
          submit="Lift it"
          error={act.error}
          isRunning={act.isRunning}
          onSubmit={() => void act.run({ id, reason })}
          onCancel={() => setReason(null)}
        >
          <ReasonField value={reason} onChange={setReason} autoFocus />
        </Form>
      )}
    </Section>
  );
}
