import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { OutcomeShape } from "../marks.tsx";
import { Section } from "../panel.tsx";
import { Day } from "../when.tsx";
import type { Ways } from "./stages.ts";
import type { Explained, WhyDecision, WhyReason } from "./why.graphql.ts";

const Step = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <li>
    <OutcomeShape of="ALLOW" size={14} />
    <div>
      <strong>{name}</strong>
      {children}
    </div>
  </li>
);

const Until = ({ at }: { readonly at: string | null }) =>
  at !== null && (
    <span className="muted">
      , until <Day at={at} />
    </span>
  );

interface AllowedProps {
  readonly decision: WhyDecision;
  readonly explanation: Explained | null;
  readonly ways: Ways<WhyReason>;
}

/** What allowed it, stage by stage: the scope and its grant, the role, the rule, what the patient says. */
export function Allowed({ decision, explanation, ways }: AllowedProps) {
  const by = ways.passes.find(({ code }) => code === "ALLOWED_BY_RULE");
  const consent = ways.passes.find(({ code }) => code === "ALLOWED_BY_CONSENT");
  const rule = explanation?.rules.find(({ id }) => id === by?.ruleId);
  const grant = explanation?.grants.find(({ scope }) => scope === by?.scope);
  const held = explanation?.assignments.find(({ role }) => role === by?.role?.split(" -> ")[0]);
  const isEmergency = ways.notices.some(({ code }) => code === "BREAK_GLASS");
  if (by === undefined)
    return (
      <Section title="What allowed it">
        <ul className="why-list">
          {ways.passes.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      </Section>
    );
  return (
    <Section title="What allowed it">
      <ol className="why-steps">
        <Step name="Scope">
          <Link to="/scopes" search={{ id: by.scope ?? "" }} className="name">
            <code className="id">{by.scope}</code>
          </Link>
          {explanation !== null && (
            <p className="muted">
              {grant === undefined ? "By what the client is granted together" : "Granted to the client by this name"}
              <Until at={grant?.validUntil ?? null} />
            </p>
          )}
        </Step>
        <Step name="Role">
          <Link to="/roles" search={{ role: by.role?.split(" -> ")[0] ?? "" }} className="name">
            {by.role}
          </Link>
          {held !== undefined && (
            <p className="muted">
              {decision.subjectId === null ? "Held by the client" : "Held by the person"}{" "}
              {held.organization === "*" ? "everywhere" : `in ${held.organization}`}
              <Until at={held.validUntil} />
            </p>
          )}
        </Step>
        <Step name="Rule">
          <Link to="/roles" search={{ rule: by.ruleId ?? "" }} className="name">
            {by.ruleId}
          </Link>
          {rule?.description != null && <p>{rule.description}</p>}
          {rule?.when != null && (
            <p>
              <span className="muted">which holds when </span>
              <code className="why-code">{rule.when}</code>
            </p>
          )}
        </Step>
        <Step name="Consent">
          {consent !== undefined ? (
            <p>{consent.message}</p>
          ) : (
            <p>
              {isEmergency ? "An emergency stood in its place." : "None was asked for, and no refusal is in the way."}
            </p>
          )}
        </Step>
      </ol>
    </Section>
  );
}
