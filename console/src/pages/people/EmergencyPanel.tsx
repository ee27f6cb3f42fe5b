import { Link } from "@tanstack/react-router";
import { useAct, useAsk } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { AskedPanel } from "../../ui/askedPanel.tsx";
import { stepOf } from "../../ui/buttons.tsx";
import { Note } from "../../ui/feedback.tsx";
import { ChoiceField, TextAreaField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { ActorName, ClientName, Id, PatientName, SubjectName } from "../../ui/names.tsx";
import { Facts, Section } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { EmergencyState } from "./EmergencyState.tsx";
import { Emergency, type EmergencyResult, EndEmergency, ReviewEmergency } from "./emergencies.graphql.ts";

type Found = NonNullable<EmergencyResult["breakGlassById"]>;

interface PanelProps {
  readonly id: string;
  readonly onClose: () => void;
  readonly onReviewed: () => void;
}

/** One emergency: who, why, what was done in it, and whether it was justified. */
export function EmergencyPanel({ id, onClose, onReviewed }: PanelProps) {
  const asked = useAsk(Emergency, { id });
  return (
    <AskedPanel
      asked={asked}
      pick={({ breakGlassById }) => breakGlassById}
      caseOf={{ kind: "BREAK_GLASS", id }}
      label="Emergency"
      above={(found) => <EmergencyState of={found} />}
      title={(found) =>
        found === undefined ? (
          "Emergency"
        ) : (
          <>
            <SubjectName subject={{ id: found.subjectId, type: found.subjectType }} /> broke the glass for{" "}
            <PatientName id={found.patient} />
          </>
        )
      }
      missing={{
        title: "There is no such emergency",
        text: "The link may be of another service, or you may not see it.",
      }}
      onClose={onClose}
    >
      {(found) => <Body of={found} onReviewed={onReviewed} />}
    </AskedPanel>
  );
}

function Body({ of, onReviewed }: { readonly of: Found } & Pick<PanelProps, "onReviewed">) {
  return (
    <>
      <blockquote className="people-said">{of.reason}</blockquote>
      <Facts
        of={{
          Organization: of.organization,
          Opened: (
            <>
              <When at={of.at} /> by <ActorName actor={of.by} />
            </>
          ),
          Ended:
            of.endedAt !== null ? (
              <When at={of.endedAt} />
            ) : (
              of.state !== "OPEN" && (
                <>
                  by itself, <When at={of.until} />
                </>
              )
            ),
          Ends: of.state === "OPEN" && <When at={of.until} />,
          "Said at its end": of.endReason,
          Reviewed: of.reviewedAt !== null && (
            <>
              <When at={of.reviewedAt} /> by <ActorName actor={of.reviewedBy} />
            </>
          ),
          Found: of.text,
        }}
      />
      <Done of={of} />
      <Review of={of} onReviewed={onReviewed} />
      <End of={of} />
    </>
  );
}

function Done({ of }: { readonly of: Found }) {
  const mayAskWhy = useMay()("explanation");
  const { edges, pageInfo } = of.decisions;
  const clients = new Set(edges.map(({ node }) => node.clientId));
  return (
    <Section title="What was done in it" more={edges.length > 0 && <span className="muted small">newest first</span>}>
      {edges.length === 0 && (
        <p className="muted">Nothing: no access was asked for while it was open, or none that you may see.</p>
      )}
      {edges.length > 0 && (
        <ul className="people-done">
          {edges.map(({ node }) => (
            <li key={node.id}>
              <OutcomeMark of={node.outcome} />
              <span>
                {node.action} {node.resourceType} {node.resourceId !== null && <Id id={node.resourceId} />}
                {clients.size > 1 && (
                  <span className="muted">
                    {" "}
                    with <ClientName client={node.client} id={node.clientId} />
                  </span>
                )}
                {node.outcome === "DENY" && <span className="muted small people-why">{node.summary}</span>}
              </span>
              <When at={node.decidedAt} />
              {mayAskWhy && (
                <Link
                  to="/why"
                  search={{ id: node.id }}
                  aria-label={`Why ${node.action} ${node.resourceType} was ${node.outcome === "DENY" ? "denied" : "allowed"}`}
                >
                  Why
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
      {clients.size === 1 && (
        <p className="muted small">
          All of it with <ClientName client={edges[0]?.node.client ?? null} id={edges[0]?.node.clientId ?? null} />.
        </p>
      )}
      {pageInfo.hasNextPage && (
        <Note>Only the newest 100 are shown. “Decisions”, narrowed by person and time, has them all.</Note>
      )}
    </Section>
  );
}

function Review({ of, onReviewed }: { readonly of: Found; readonly onReviewed: () => void }) {
  const step = stepOf(of.viewerMay, "reviewBreakGlass");
  const [{ justified: verdict, text }, field] = useFields({ justified: "", text: "" });
  const act = useAct(ReviewEmergency, onReviewed);
  // While it is open, and once it is reviewed, nobody has to know why not to review it.
  if (step === undefined || of.state === "OPEN" || of.state === "REVIEWED") return null;
  return (
    <Section title="Was it justified?">
      {!step.allowed && step.needs === null ? (
        <p className="because">{step.because}</p>
      ) : (
        <Form
          submit="Record the verdict"
          error={act.error}
          isRunning={act.isRunning}
          onSubmit={() => void act.run({ id: of.id, justified: verdict === "JUSTIFIED", text })}
        >
          <ChoiceField
            label="Verdict"
            {...field("justified")}
            isRequired
            options={[
              {
                id: "JUSTIFIED",
                name: "Justified",
                hint: "There was an emergency, and what was done belongs to it.",
                k: "1",
              },
              {
                id: "NOT_JUSTIFIED",
                name: "Not justified",
                hint: "There was none, or more was done than it needed.",
                k: "2",
              },
            ]}
          />
          <TextAreaField
            label="What you found"
            {...field("text")}
            rows={2}
            isRequired
            hint="Kept on record. It can't be taken back."
          />
        </Form>
      )}
    </Section>
  );
}

function End({ of }: { readonly of: Found }) {
  const step = stepOf(of.viewerMay, "endBreakGlass");
  const [{ reason }, field] = useFields({ reason: "" });
  const act = useAct(EndEmergency);
  if (step === undefined || of.state !== "OPEN") return null;
  return (
    <Section title="Is it over?">
      {!step.allowed && step.needs === null ? (
        <p className="because">{step.because}</p>
      ) : (
        <Form
          submit="End it now"
          look="danger"
          error={act.error}
          isRunning={act.isRunning}
          onSubmit={() => void act.run({ id: of.id, reason: reason === "" ? null : reason })}
        >
          <TextAreaField
            label="Why it ends early"
            {...field("reason")}
            rows={2}
            hint="The next access in it is denied."
          />
        </Form>
      )}
    </Section>
  );
}
