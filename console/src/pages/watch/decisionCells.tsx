import { reasonName } from "../../ui/codeWords.ts";
import { OutcomeMark } from "../../ui/marks.tsx";
import { ClientName, PatientName, SubjectName } from "../../ui/names.tsx";
import { When } from "../../ui/when.tsx";
import { count } from "../../ui/words.ts";
import type { DecisionRow } from "./decisions.graphql.ts";

/** For whom, by way of which client. */
export const DecisionWho = ({
  of,
}: {
  readonly of: Pick<DecisionRow, "subjectId" | "subjectType" | "client" | "clientId">;
}) => (
  <span className="about">
    {of.subjectId !== null && <SubjectName subject={{ id: of.subjectId, type: of.subjectType }} />}
    <ClientName client={of.client} id={of.clientId} />
  </span>
);

/** "read Observation". */
export const decisionWhat = ({
  kind,
  action,
  resourceType,
}: Pick<DecisionRow, "kind" | "action" | "resourceType">): string =>
  kind === "GRANT" ? "scopes for a token" : `${action} ${resourceType}`;

/** The patient, or how many there are. */
export const DecisionPatients = ({ patients }: { readonly patients: readonly string[] }) =>
  patients.length > 3 ? (
    count(patients.length, "patient")
  ) : (
    <span className="about">
      {patients.map((id) => (
        <PatientName key={id} id={id} />
      ))}
    </span>
  );

/** The reason in a word or two; of what was allowed, the scope. */
export const decisionReason = ({
  outcome,
  scope,
  decisiveReason,
}: Pick<DecisionRow, "outcome" | "scope" | "decisiveReason">): string =>
  outcome === "DENY" ? reasonName(decisiveReason ?? "") : (scope ?? "");

/** Decisions within a panel: a press opens its why. */
export const DecisionList = ({
  of,
  onOpen,
}: {
  readonly of: readonly DecisionRow[];
  readonly onOpen: (id: string) => void;
}) => (
  <ul className="watch-decisions">
    {of.map((decision) => (
      <li key={decision.id}>
        <button type="button" title={decision.summary} onClick={() => onOpen(decision.id)}>
          <span className="unseen">Why: </span>
          <When at={decision.decidedAt} />
          <OutcomeMark of={decision.outcome} />
          <span>{decisionWhat(decision)}</span>
        </button>
        <DecisionPatients patients={decision.patients} />
      </li>
    ))}
  </ul>
);
