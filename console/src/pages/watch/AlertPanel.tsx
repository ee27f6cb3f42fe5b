import { useAsk } from "../../api/useAsk.ts";
import { AskedPanel } from "../../ui/askedPanel.tsx";
import { Button } from "../../ui/buttons.tsx";
import { Note } from "../../ui/feedback.tsx";
import { Chip, SeverityMark } from "../../ui/marks.tsx";
import { ActorName } from "../../ui/names.tsx";
import { Facts, Section } from "../../ui/panel.tsx";
import { BlockedChip, useBlocked } from "../../ui/people/blocked.tsx";
import { Day, When } from "../../ui/when.tsx";
import { count, RANK_WORDS, words } from "../../ui/words.ts";
import { About } from "./About.tsx";
import { AlertSteps } from "./AlertSteps.tsx";
import { type AlertInFull, OneAlert } from "./alerts.graphql.ts";
import { CAUSES, inWords, verdictText } from "./alertWords.ts";
import { DecisionList } from "./decisionCells.tsx";
import { InquiryAnswers } from "./InquiryAnswers.tsx";
import type { ClosedAlert } from "./UndoVerdict.tsx";
import { VerdictForm } from "./VerdictForm.tsx";
import { Viewers } from "./Viewers.tsx";

const STATES = { OPEN: "Open", ACKNOWLEDGED: "In hand", CLOSED: "Closed" } as const;

/** What is unusual and against what: each sentence once, with how often and the points of all of them. */
function Unusual({ findings }: { readonly findings: AlertInFull["findings"] }) {
  const found = new Map<string, { times: number; points: number }>();
  for (const { sentence, points } of findings) {
    const had = found.get(sentence) ?? { times: 0, points: 0 };
    found.set(sentence, { times: had.times + 1, points: had.points + points });
  }
  return (
    <Section title="What is unusual, and against what">
      <ul className="watch-findings">
        {[...found].map(([sentence, { times, points }]) => (
          <li key={sentence}>
            <span className="number watch-points" title="Points: the more, the less likely it is by chance">
              {Math.round(points)}
            </span>
            <span>
              {sentence}
              {times > 1 && <span className="muted"> {times} times.</span>}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The verdicts that were given, the standing one last. */
function CameOut({ alert }: { readonly alert: AlertInFull }) {
  const { verdict, cause, text, closedAt, closedBy, correctedVerdicts, quietUntil } = alert;
  if (verdict === null && correctedVerdicts.length === 0) return null;
  return (
    <Section title="What came out">
      {verdict !== null && (
        <>
          <p>
            <strong>{verdictText(verdict)}.</strong>{" "}
            {cause === null ? <span className="muted">Cause not said.</span> : `${CAUSES[cause]}.`}
          </p>
          <p>{text}</p>
          <p className="muted">
            <ActorName actor={closedBy} />, <When at={closedAt} />
          </p>
        </>
      )}
      {quietUntil !== null && (
        <Note>
          Such looks make no alert until <Day at={quietUntil} />.
        </Note>
      )}
      {correctedVerdicts.map((old) => (
        <p key={old.at} className="muted">
          {old.takenBackAt === null ? "Before" : "Taken back"}: {verdictText(old.verdict)}. {old.text} (
          <ActorName actor={old.by} />, <When at={old.at} />)
        </p>
      ))}
    </Section>
  );
}

interface AlertPanelProps {
  readonly id: string;
  readonly onOpen: (id: string) => void;
  readonly onWhy: (decisionId: string) => void;
  readonly onClose: () => void;
  readonly onClosed: (alert: ClosedAlert) => void;
}

/** One alert: why it is unusual, what was done, what the person says, and each step that may be taken. */
export function AlertPanel({ id, onOpen, onWhy, onClose, onClosed }: AlertPanelProps) {
  const asked = useAsk(OneAlert, { id });
  const { subjectId = null, viewers = [] } = asked.data?.alert ?? {};
  const blocked = useBlocked({ when: subjectId !== null || viewers.length > 0 });
  return (
    <AskedPanel
      asked={asked}
      pick={({ alert }) => alert}
      caseOf={{ kind: "ALERT", id }}
      label="Alert"
      title={(alert) => alert?.title ?? "Alert"}
      above={({ partOfId, rank, severity, state }) => (
        <span className="row">
          <SeverityMark of={severity} />
          <Chip tone={state === "OPEN" ? "wait" : "plain"}>{STATES[state]}</Chip>
          {state !== "CLOSED" && partOfId === null && <span className="muted">{RANK_WORDS[rank]}</span>}
        </span>
      )}
      missing={{ title: "No such alert", text: "None of this id is there for you to see." }}
      onClose={onClose}
    >
      {(alert) => (
        <>
          <p className="watch-next">
            <strong>Next:</strong> {inWords(alert.nextStep)}
          </p>
          <Facts
            of={{
              About: (
                <>
                  <About of={alert} />{" "}
                  {alert.subjectId !== null && (
                    <BlockedChip until={blocked({ id: alert.subjectId, type: alert.subjectType })} />
                  )}
                </>
              ),
              When: (
                <>
                  <When at={alert.firstAt} />
                  {alert.lastAt !== alert.firstAt && (
                    <>
                      {" "}
                      to <When at={alert.lastAt} />
                    </>
                  )}
                </>
              ),
              "In hand of": alert.acknowledgedAt !== null && <ActorName actor={alert.acknowledgedBy} />,
              "Part of": alert.partOfId !== null && (
                <Button look="quiet" onPress={() => onOpen(alert.partOfId ?? "")}>
                  The alert about this patient
                </Button>
              ),
              Before: alert.earlierId !== null && (
                <Button look="quiet" onPress={() => onOpen(alert.earlierId ?? "")}>
                  The same was closed within 30 days
                </Button>
              ),
            }}
          />
          <Viewers alert={alert} blocked={blocked} onOpen={onOpen} />
          <Unusual findings={alert.findings} />
          <Section
            title="What was done"
            more={<span className="muted small">{count(alert.count, "decision")} with findings</span>}
          >
            <DecisionList of={alert.decisions.edges.map(({ node }) => node)} onOpen={onWhy} />
          </Section>
          <InquiryAnswers inquiries={alert.inquiries} isNamed={alert.viewers.length > 0} />
          {alert.withheld.length > 0 && (
            <Note>
              Access was not restricted by itself:{" "}
              {alert.withheld
                .map(({ response, because }) => `${words(response)} (${words(because).toLowerCase()})`)
                .join(", ")}
              .
            </Note>
          )}
          <CameOut alert={alert} />
          <AlertSteps alert={alert} />
          <VerdictForm alert={alert} onClosed={onClosed} />
        </>
      )}
    </AskedPanel>
  );
}
