import { Link } from "@tanstack/react-router";
import { useAct, useAsk } from "../../api/useAsk.ts";
import { useMay } from "../../session/useSession.ts";
import { Answer } from "../../ui/answer.tsx";
import { AskedPanel } from "../../ui/askedPanel.tsx";
import { stepOf, type ViewerStep } from "../../ui/buttons.tsx";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { ChoiceField, ReasonField, TextAreaField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { OutcomeMark, StateChip } from "../../ui/marks.tsx";
import { ActorName, ClientName, SubjectName } from "../../ui/names.tsx";
import { Facts, Section } from "../../ui/panel.tsx";
import { When } from "../../ui/when.tsx";
import { words } from "../../ui/words.ts";
import { Asked, minutesText } from "./accessRequestCells.tsx";
import {
  DecideAccessRequest,
  OneAccessRequest,
  type OneAccessRequestResult,
  ReturnAccess,
  RoleImpact,
  ScopeImpact,
} from "./accessRequests.graphql.ts";

type Found = NonNullable<OneAccessRequestResult["accessRequest"]>;

const SHOWN_RULES = 8;

/** One request: who asks for what and why, what it would give, and the answer. */
export function AccessRequestPanel({
  id,
  onClose,
  onDone,
}: {
  readonly id: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const asked = useAsk(OneAccessRequest, { id });
  const may = useMay();
  return (
    <AskedPanel
      asked={asked}
      pick={({ accessRequest }) => accessRequest}
      caseOf={{ kind: "ACCESS_REQUEST", id }}
      label="Access request"
      above={(found) => <StateChip state={found.state} />}
      title={(found) =>
        found === undefined ? (
          "Access request"
        ) : found.subjectId === null ? (
          <ClientName client={found.client} id={found.clientId} />
        ) : (
          <SubjectName subject={{ id: found.subjectId, type: found.subjectType }} />
        )
      }
      missing={{
        title: "There is no such request",
        text: "The link may be of another service, or you may not see it.",
      }}
      onClose={onClose}
    >
      {(found) => (
        <>
          <blockquote className="people-said">{found.reason}</blockquote>
          <Facts
            of={{
              "Asks for": (
                <>
                  <Asked of={found} />, for {minutesText(found.minutes)}
                </>
              ),
              Asked: (
                <>
                  <When at={found.at} /> by <ActorName actor={found.by} />
                </>
              ),
              [found.state === "OPEN" ? "Lapses" : "Ended"]: found.state !== "APPROVED" &&
                found.until !== null &&
                found.returnedAt === null &&
                found.state !== "REFUSED" && <When at={found.until} />,
              "Ends by itself": found.state === "APPROVED" && <When at={found.until} />,
              Answered: found.decidedAt !== null && (
                <>
                  <When at={found.decidedAt} /> by <ActorName actor={found.decidedBy} />: {found.decisionReason}
                </>
              ),
              "Given back": found.returnedAt !== null && (
                <>
                  <When at={found.returnedAt} /> by <ActorName actor={found.returnedBy} />
                  {found.returnReason !== null && `: ${found.returnReason}`}
                </>
              ),
            }}
          />
          {found.notes.map((note) => (
            <Note key={note} tone="warn">
              {note}
            </Note>
          ))}
          {found.state === "OPEN" &&
            may("role") &&
            (found.role === null ? <ScopeGives of={found} /> : <RoleGives of={found} />)}
          {found.state === "OPEN" && (
            <Decide id={id} step={stepOf(found.viewerMay, "decideAccessRequest")} onDone={onDone} />
          )}
          {(found.state === "OPEN" || found.state === "APPROVED") && (
            <GiveBack of={found} step={stepOf(found.viewerMay, "returnAccess")} onDone={onDone} />
          )}
        </>
      )}
    </AskedPanel>
  );
}

function RoleGives({ of }: { readonly of: Found }) {
  const asked = useAsk(RoleImpact, { role: of.role ?? "", subjectId: of.subjectId, subjectType: of.subjectType });
  const held = asked.data?.assignments?.edges.map(({ node }) => node) ?? [];
  return (
    <>
      <Section
        title="What it would give"
        more={
          <Link to="/roles" search={{ role: of.role ?? "" }}>
            The role
          </Link>
        }
      >
        <Answer of={asked} rows={2}>
          {({ role }) =>
            role === null ? (
              <Note tone="warn">The policy has no such role any more.</Note>
            ) : (
              <>
                <p>{role.description}</p>
                <ul className="people-gives">
                  {role.rules.slice(0, SHOWN_RULES).map(({ id, effect, action, resourceType, scope }) => (
                    <li key={id}>
                      <OutcomeMark of={effect} text={effect === "ALLOW" ? "May" : "May not"} />
                      <span>
                        {action !== "*" && action} {resourceType === "*" ? "any type" : resourceType}{" "}
                        <span className="muted">with {scope === "*" ? "any scope" : scope}</span>
                      </span>
                    </li>
                  ))}
                </ul>
                {role.rules.length > SHOWN_RULES && (
                  <p className="muted">And {role.rules.length - SHOWN_RULES} rules more, which the role's page has.</p>
                )}
                {role.inherits.length > 0 && <p className="muted">With all of {role.inherits.join(", ")}.</p>}
              </>
            )
          }
        </Answer>
      </Section>
      {asked.data && (
        <Section title="What they hold already">
          {held.length === 0 ? (
            <p className="muted">No role.</p>
          ) : (
            <p>
              {held
                .map(
                  ({ role, organization }) =>
                    `${role} ${organization === "*" ? "in all organizations" : `at ${organization}`}`,
                )
                .join(", ")}
            </p>
          )}
        </Section>
      )}
    </>
  );
}

function ScopeGives({ of }: { readonly of: Found }) {
  const asked = useAsk(ScopeImpact, { scope: of.scope ?? "", clientId: of.clientId ?? "" });
  const scope = asked.data?.scope;
  return (
    <Section
      title="What it would give"
      more={
        <Link to="/scopes" search={{ id: of.scope ?? "" }}>
          The scope
        </Link>
      }
    >
      {asked.isPending && <Loading rows={2} />}
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {scope && (
        <p>
          {scope.title ?? of.scope}: {scope.description}{" "}
          {scope.state !== "ACTIVE" && `It is ${words(scope.state).toLowerCase()}.`}
        </p>
      )}
      {scope === null && <p className="muted">A SMART scope: it permits what it says, wherever a rule lets it.</p>}
    </Section>
  );
}

function Decide({
  id,
  step,
  onDone,
}: {
  readonly id: string;
  readonly step: ViewerStep | undefined;
  readonly onDone: () => void;
}) {
  const [{ approve: answer, reason }, field] = useFields({ approve: "", reason: "" });
  const act = useAct(DecideAccessRequest, onDone);
  if (step === undefined) return null;
  return (
    <Section title="Your answer">
      {!step.allowed && step.needs == null ? (
        <p className="because">{step.because}</p>
      ) : (
        <Form
          submit={answer === "APPROVE" ? "Give the access" : answer === "REFUSE" ? "Refuse the request" : "Answer"}
          look={answer === "REFUSE" ? "danger" : "primary"}
          error={act.error}
          isRunning={act.isRunning}
          onSubmit={() => void act.run({ id, approve: answer === "APPROVE", reason })}
        >
          <ChoiceField
            label="Answer"
            {...field("approve")}
            isRequired
            options={[
              { id: "APPROVE", name: "Approve", hint: "It holds from now on, and ends by itself.", k: "1" },
              { id: "REFUSE", name: "Refuse", hint: "Nothing changes; it can be asked for again.", k: "2" },
            ]}
          />
          <ReasonField {...field("reason")} />
        </Form>
      )}
    </Section>
  );
}

function GiveBack({
  of,
  step,
  onDone,
}: {
  readonly of: Found;
  readonly step: ViewerStep | undefined;
  readonly onDone: () => void;
}) {
  const [{ reason }, field] = useFields({ reason: "" });
  const act = useAct(ReturnAccess, onDone);
  // Who may not is not told why: it is for whoever asked, and for whom it is.
  if (step === undefined || !step.allowed) return null;
  const isOpen = of.state === "OPEN";
  return (
    <Section title={isOpen ? "No longer needed?" : "Done earlier?"}>
      <Form
        submit={isOpen ? "Withdraw the request" : "Give the access back"}
        look="danger"
        error={act.error}
        isRunning={act.isRunning}
        onSubmit={() => void act.run({ id: of.id, reason: reason === "" ? null : reason })}
      >
        <TextAreaField
          label="Why"
          {...field("reason")}
          rows={2}
          hint={isOpen ? "Kept on record." : "The next access by it is denied; what was held before holds again."}
        />
      </Form>
    </Section>
  );
}
