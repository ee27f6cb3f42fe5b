import { useState } from "react";
import { useAct } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Note } from "../../ui/feedback.tsx";
import { CheckField, ReasonField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { Chip } from "../../ui/marks.tsx";
import { Id, SubjectName } from "../../ui/names.tsx";
import { Section } from "../../ui/panel.tsx";
import { BlockedChip, type useBlocked } from "../../ui/people/blocked.tsx";
import { When } from "../../ui/when.tsx";
import { count, words } from "../../ui/words.ts";
import { type AlertInFull, AskSubject } from "./alerts.graphql.ts";

type Viewer = AlertInFull["viewers"][number];
const keyOf = ({ subjectId, subjectType }: Viewer): string => `${subjectType}/${subjectId}`;

/** Who saw the patient of an alert about one: each with the way to them and to their own alert; those who are ticked are asked. */
export function Viewers({
  alert,
  blocked,
  onOpen,
}: {
  readonly alert: AlertInFull;
  readonly blocked: ReturnType<typeof useBlocked>;
  readonly onOpen: (id: string) => void;
}) {
  const { viewers } = alert;
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [{ reason }, field] = useFields({ reason: "" });
  const [refused, setRefused] = useState("");
  const [isRunning, setRunning] = useState(false);
  const act = useAct(AskSubject);
  const mayAsk = useMay()("askSubject") && alert.state !== "CLOSED" && alert.severity !== "HIGH";
  if (viewers.length === 0) return null;
  const chosen = viewers.filter((viewer) => ticked.has(keyOf(viewer)) && viewer.inquiryState !== "OPEN");

  /** One after the other, up to the first who can't be asked: who was asked loses the tick. */
  const askAll = async () => {
    setRunning(true);
    setRefused("");
    const left = new Set(ticked);
    for (const viewer of chosen) {
      const subject = { id: viewer.subjectId, type: viewer.subjectType };
      if ((await act.run({ alertId: alert.id, reason, subject })) === null) {
        setRefused(viewer.subjectId);
        break;
      }
      left.delete(keyOf(viewer));
    }
    setRunning(false);
    setTicked(left);
  };
  return (
    <Section
      title="Who looked at this patient"
      more={<span className="muted small">those whom less explains stand first</span>}
    >
      <ul className="watch-viewers">
        {viewers.map((viewer) => {
          const key = keyOf(viewer);
          const isAsked = viewer.inquiryState === "OPEN";
          return (
            <li key={key}>
              {mayAsk && !isAsked ? (
                <CheckField
                  label={<span className="unseen">Ask {viewer.subjectId}</span>}
                  value={ticked.has(key)}
                  onChange={(isTicked) => {
                    const next = new Set(ticked);
                    if (isTicked) next.add(key);
                    else next.delete(key);
                    setTicked(next);
                  }}
                />
              ) : (
                <span />
              )}
              <span>
                <SubjectName subject={{ id: viewer.subjectId, type: viewer.subjectType }} />{" "}
                <BlockedChip until={blocked({ id: viewer.subjectId, type: viewer.subjectType })} />{" "}
                <span className="muted">
                  {count(viewer.accesses, "access", "accesses")}, {viewer.unexplained} not explained, the last{" "}
                  <When at={viewer.lastAt} />
                </span>
              </span>
              <span className="row">
                {viewer.inquiryState !== null && (
                  <Chip tone={isAsked ? "wait" : "plain"}>{isAsked ? "Asked" : words(viewer.inquiryState)}</Chip>
                )}
                {viewer.alertId !== null && (
                  <Button look="quiet" onPress={() => onOpen(viewer.alertId ?? "")}>
                    Their alert<span className="unseen"> about {viewer.subjectId}</span>
                  </Button>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {alert.severity === "HIGH" && alert.state !== "CLOSED" && (
        <Note>Nobody is asked, and so warned, while an alert of high severity is open.</Note>
      )}
      {chosen.length > 0 && (
        <Form
          label="Ask those who are ticked"
          submit={`Ask ${count(chosen.length, "person", "people")}`}
          isRunning={isRunning}
          error={isRunning ? null : act.error}
          onSubmit={() => void askAll()}
          onCancel={() => setTicked(new Set())}
        >
          <ReasonField
            {...field("reason")}
            label="Why you ask"
            hint="Kept on record. Each sees when they accessed what, and neither this nor what was found; they have seven days to answer."
          />
          {refused !== "" && (
            <Note tone="warn">
              <Id id={refused} /> could not be asked. Take the tick away to ask the others.
            </Note>
          )}
        </Form>
      )}
    </Section>
  );
}
