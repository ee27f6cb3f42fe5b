import { Link } from "@tanstack/react-router";
import { useMay } from "../../session/useSession.ts";
import { Codes, Label, Purpose } from "../codes.tsx";
import { CopyButton } from "../copy.tsx";
import { ActorName, ClientName, Id, PatientName, SubjectName } from "../names.tsx";
import { Facts, Section } from "../panel.tsx";
import { When } from "../when.tsx";
import { Allowed } from "./Allowed.tsx";
import { Denied } from "./Denied.tsx";
import { Enough } from "./Enough.tsx";
import { Obligations } from "./Obligations.tsx";
import { Relations } from "./Relations.tsx";
import { waysOf } from "./stages.ts";
import { Tokens } from "./Tokens.tsx";
import type { Explained, WhyDecision, WhyReason } from "./why.graphql.ts";
import "./why.css";

/** The members of a recorded request that people ask about; whoever is no auditor has pseudonyms in it. */
interface RecordedRequest {
  readonly scopes?: readonly string[] | null;
  readonly resource?: { readonly organization?: string | null; readonly labels?: readonly string[] | null };
  readonly context?: { readonly patient?: string | null; readonly ipAddress?: string | null };
}

function Ways({ decision }: { readonly decision: WhyDecision }) {
  const may = useMay();
  const rule = decision.reasons.find(({ ruleId }) => ruleId !== null)?.ruleId;
  return (
    <div className="row">
      {may("inclusionProof") && (
        <Link className="button" to="/proof" search={{ id: decision.id }}>
          Prove that it is on record
        </Link>
      )}
      {rule != null && may("startReplay") && (
        <Link className="button" to="/what-if" search={{ op: "deleteRule", id: rule }}>
          What if this rule went?
        </Link>
      )}
      <CopyButton text={decision.id} label="Copy its id" />
    </div>
  );
}

/** Why a decision came out as it did. `explanation` is null for who may see the decision alone. */
export function Why({
  decision,
  explanation,
}: {
  readonly decision: WhyDecision;
  readonly explanation: Explained | null;
}) {
  const may = useMay();
  const request = decision.request as RecordedRequest;
  const ways = waysOf(decision.reasons);
  const { decisiveReason, kind, outcome, patients } = decision;
  const isDecisive = ({ code }: WhyReason) => code === decisiveReason;
  return (
    <>
      {kind === "ACCESS" && outcome === "DENY" && (
        <Enough
          clientId={decision.clientId}
          subject={decision.subjectId === null ? null : { id: decision.subjectId, type: decision.subjectType }}
          sufficientScopes={decision.sufficientScopes}
          sufficientAccess={decision.sufficientAccess}
          requestableAccess={decision.requestableAccess}
          reasons={[...decision.reasons].sort((a, b) => Number(isDecisive(b)) - Number(isDecisive(a)))}
        />
      )}
      <Facts
        of={{
          When: <When at={decision.decidedAt} />,
          Who: (
            <>
              {decision.subjectId === null ? (
                "The client itself, "
              ) : (
                <SubjectName subject={{ id: decision.subjectId, type: decision.subjectType }} />
              )}
              {decision.subjectId !== null && <span className="muted"> by way of </span>}
              <ClientName client={decision.client} id={decision.clientId} />
            </>
          ),
          What:
            kind === "GRANT" ? (
              "Scopes for a token"
            ) : (
              <>
                {decision.action} {decision.resourceType}{" "}
                {decision.resourceId !== null && <Id id={decision.resourceId} />}
              </>
            ),
          [patients.length > 1 ? "Patients" : "Patient"]: patients.length > 0 && (
            <span className="about">
              {patients.map((id) => (
                <PatientName key={id} id={id} />
              ))}
            </span>
          ),
          Purpose:
            decision.purposeOfUse === null ? (
              <span className="muted">none declared</span>
            ) : (
              <Purpose of={decision.purposeOfUse} />
            ),
          Organization: request.resource?.organization,
          Labels: (request.resource?.labels ?? []).length > 0 && (
            <Codes as={Label} of={request.resource?.labels ?? []} />
          ),
          "Asked by": <ActorName actor={decision.by} />,
        }}
      />
      {kind === "GRANT" ? (
        <Tokens decision={decision} />
      ) : outcome === "ALLOW" ? (
        <Allowed decision={decision} explanation={explanation} ways={ways} />
      ) : (
        <Denied decision={decision} ways={ways} />
      )}
      {ways.notices.length > 0 && (
        <Section title="To know">
          <ul className="why-list">
            {ways.notices.map(({ message }) => (
              <li key={message}>{message}</li>
            ))}
          </ul>
        </Section>
      )}
      <Obligations of={decision.obligations} />
      {explanation !== null && outcome === "ALLOW" && <Relations explanation={explanation} />}
      <Section title="What it rests on">
        <Facts
          of={{
            Policy: may("policyRevision") ? (
              <Link to="/revisions" search={{ id: decision.policyRevision }}>
                revision {decision.policyRevision}
              </Link>
            ) : (
              `revision ${decision.policyRevision}`
            ),
            "Roles then":
              explanation !== null &&
              (explanation.assignments
                .map(
                  ({ role, organization }) => `${role} ${organization === "*" ? "everywhere" : `in ${organization}`}`,
                )
                .join(", ") ||
                "none"),
            "Granted then":
              explanation !== null && (explanation.grants.map(({ scope }) => scope).join(", ") || "no scope"),
            "Scopes sent":
              request.scopes == null
                ? "none were named: all that the client is granted counted"
                : request.scopes.join(" ") || "none",
            "Decided again":
              explanation !== null &&
              (explanation.reproduced ? "the same answer, by the same policy" : explanation.difference),
          }}
        />
        <details>
          <summary>The request as it came</summary>
          <pre className="code-block">{JSON.stringify(decision.request, null, 2)}</pre>
        </details>
      </Section>
      <Ways decision={decision} />
    </>
  );
}
