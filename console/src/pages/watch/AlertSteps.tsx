import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { useMay, useViewer } from "../../session/useSession.ts";
import { Button, StepButton, stepOf } from "../../ui/buttons.tsx";
import { isoOf } from "../../ui/days.ts";
import { Failed, Note } from "../../ui/feedback.tsx";
import { DateField, ReasonField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { Section } from "../../ui/panel.tsx";
import { BlockForm } from "../../ui/people/BlockForm.tsx";
import { ApplyOrPropose } from "../../ui/propose/ApplyOrPropose.tsx";

import { isPseudonym } from "../../ui/words.ts";
import { type AlertInFull, AskSubject, QuietAlerts, TakeAlert } from "./alerts.graphql.ts";
import { EnterRelation } from "./EnterRelation.tsx";
import { LiftRestriction } from "./LiftRestriction.tsx";

interface StepProps {
  readonly alert: AlertInFull;
}

function Ask({ alert, done, onCancel }: StepProps & { readonly done: () => void; readonly onCancel: () => void }) {
  const [{ reason }, field] = useFields({ reason: "" });
  const act = useAct(AskSubject, done);
  return (
    <Form
      submit="Ask the person"
      error={act.error}
      isRunning={act.isRunning}
      onSubmit={() => void act.run({ alertId: alert.id, reason })}
      onCancel={onCancel}
    >
      <ReasonField
        {...field("reason")}
        autoFocus
        label="Why you ask"
        hint="Kept on record. The person sees when they accessed what, and neither this nor what was found; they have seven days to answer."
      />
    </Form>
  );
}

/** No alert of the same for a while. Where changes take two people nobody begins it alone: it is proposed. */
function Quiet({ alert, done, onCancel }: StepProps & { readonly done: () => void; readonly onCancel: () => void }) {
  const { fourEyes } = useViewer().service;
  const [{ until }, field] = useFields({ until: "" });
  const begin = useAct(QuietAlerts, done);
  const suppressAlerts = { alertId: alert.id, until: isoOf(until) ?? "" };
  return (
    <ApplyOrPropose
      title="Keep an alert quiet"
      submit="Keep it quiet"
      change={until === "" ? null : { suppressAlerts }}
      apply={(reason) => begin.run({ input: { ...suppressAlerts, reason } })}
      act={begin}
      mayApply={!fourEyes}
      because="Two people keep an alert quiet here: you propose it, somebody else approves it."
      onClose={onCancel}
    >
      <DateField
        label="Until"
        type="datetime-local"
        {...field("until")}
        isRequired
        autoFocus
        hint="Within 90 days. What is found meanwhile is kept, and makes no alert."
      />
    </ApplyOrPropose>
  );
}

type Opened = "" | "ask" | "block" | "quiet" | "relation";

/** What may be done about an alert before its verdict. */
export function AlertSteps({ alert }: StepProps) {
  const may = useMay();
  const { fourEyes } = useViewer().service;
  const [opened, setOpened] = useState<Opened>("");
  const take = useAct(TakeAlert);
  const close = () => setOpened("");
  const after = () => {
    close();
  };
  const inForce = alert.restrictions.filter(({ state }) => state === "IN_FORCE");
  const isOpen = alert.state !== "CLOSED";
  const isNamed = alert.subjectId !== null && !isPseudonym(alert.subjectId);
  // Nobody is warned while an alert about them is HIGH and open; of the viewers of a patient those who are ticked are asked.
  const isQuestion = alert.severity === "HIGH" ? !isOpen : isOpen;
  const isAsked = alert.inquiries.some(({ state }) => state === "OPEN");
  const isAskable =
    isQuestion && may("askSubject") && alert.subjectId !== null && alert.viewers.length === 0 && !isAsked;
  return (
    <>
      {inForce.map((restriction) => (
        <LiftRestriction key={restriction.id} restriction={restriction} />
      ))}
      {(isOpen || isAskable || alert.relationToEnter !== null) && (
        <Section title="What to do">
          <div className="row">
            {alert.state === "OPEN" && (
              <StepButton
                k="e"
                step={stepOf(alert.viewerMay, "acknowledgeAlert")}
                isDisabled={take.isRunning}
                onPress={() => void take.run({ id: alert.id })}
              >
                I look into it
              </StepButton>
            )}
            {isAskable && (
              <Button k="a" aria-expanded={opened === "ask"} onPress={() => setOpened("ask")}>
                Ask the person
              </Button>
            )}
            {isOpen && may("imposeRestriction") && inForce.length === 0 && alert.viewers.length === 0 && (
              <Button k="b" look="danger" aria-expanded={opened === "block"} onPress={() => setOpened("block")}>
                Block it now
              </Button>
            )}
            {alert.relationToEnter !== null && (
              <Button k="m" aria-expanded={opened === "relation"} onPress={() => setOpened("relation")}>
                Enter the missing relation
              </Button>
            )}
            {isOpen && may(fourEyes ? "proposePolicy" : "suppressAlerts") && (
              <Button look="quiet" aria-expanded={opened === "quiet"} onPress={() => setOpened("quiet")}>
                Keep it quiet for a while
              </Button>
            )}
          </div>
          {take.error !== null && <Failed error={take.error} />}
          {opened === "ask" && <Ask alert={alert} done={after} onCancel={close} />}
          {opened === "quiet" && <Quiet alert={alert} done={after} onCancel={close} />}
          {opened === "relation" && alert.relationToEnter !== null && (
            <EnterRelation
              entity={alert.relationToEnter}
              subjectId={alert.subjectId}
              patient={alert.patient}
              onClose={close}
            />
          )}
          {opened === "block" && (
            <BlockForm
              alert={alert}
              subject={
                isNamed && alert.subjectId !== null ? { id: alert.subjectId, type: alert.subjectType ?? "user" } : null
              }
              onClose={close}
            />
          )}
          {isOpen && !may("imposeRestriction") && alert.severity === "HIGH" && (
            <Note>Reviewers and admins can block a person at once.</Note>
          )}
        </Section>
      )}
    </>
  );
}
