import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { CaseKind } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { Chip, SeverityMark } from "../../ui/marks.tsx";
import { ClientName, PatientName, PlainNames, SubjectName } from "../../ui/names.tsx";
import { dueWords, When } from "../../ui/when.tsx";
import { count, RANK_WORDS } from "../../ui/words.ts";
import { caseLink } from "../caseLinks.ts";
import type { WaitingResult } from "./toDo.graphql.ts";

type Case = WaitingResult["inbox"]["cases"][number];

const FIRST = 4;
const TITLES: Readonly<Record<CaseKind, string>> = {
  ACCESS_REQUEST: "Access requests to answer",
  ACCOUNTING_SUSPENSION: "Suspended accountings",
  ALERT: "Alerts to look at",
  BREAK_GLASS: "Emergencies to review",
  CONSENT_REQUEST: "Consent requests to bring an answer to",
  INQUIRY: "Questions to you",
  LEGAL_HOLD: "Legal holds",
  PROPOSAL: "Proposals that wait for you",
  RESTRICTION: "Restrictions in force",
  REVIEW_CAMPAIGN: "Access reviews to close",
  REVIEW_ITEM: "Access to review",
  SAMPLE: "Weekly samples to judge",
  TOKEN_REVOCATION: "Revoked tokens",
};

const isOverdue = ({ due }: Case): boolean => due !== null && dueWords(due).startsWith("overdue");

const About = ({ of: { client, patient, subject } }: { readonly of: Case }) => (
  <span className="about">
    <SubjectName subject={subject} />
    <PatientName id={patient} />
    <ClientName client={client} />
  </span>
);

function Due({ of }: { readonly of: Case }) {
  if (of.due === null)
    return (
      <span className="muted">
        since <When at={of.since} />
      </span>
    );
  const words = dueWords(of.due);
  return <Chip tone={isOverdue(of) ? "bad" : "wait"}>{words.charAt(0).toUpperCase() + words.slice(1)}</Chip>;
}

/** The cases of one kind: how many, the first few, and all of them by a button. What all of them are called stands once. */
export function WaitingGroup({ kind, cases }: { readonly kind: CaseKind; readonly cases: readonly Case[] }) {
  const [isAll, setAll] = useState(false);
  const overdue = cases.filter(isOverdue).length;
  const [first] = cases;
  const isAlike =
    cases.length > 1 && cases.every((one) => one.title === first?.title && (one.subject ?? one.patient) !== null);
  const shown = isAll ? cases : cases.slice(0, FIRST);
  return (
    <section className="card todo-group">
      <header>
        <h2>
          <Link to={caseLink(kind, "").to} search={{}}>
            {TITLES[kind]}
          </Link>
        </h2>
        <span className="badge number">{cases.length.toLocaleString("en-US")}</span>
        {overdue > 0 && (
          <Chip tone="bad">{overdue === cases.length && overdue > 1 ? "all overdue" : `${overdue} overdue`}</Chip>
        )}
        {isAlike && <p className="muted">{first?.title}</p>}
      </header>
      <ul>
        {shown.map((one) => {
          const text = isAlike ? (
            <PlainNames.Provider value={true}>
              <About of={one} />
            </PlainNames.Provider>
          ) : (
            `${one.title}${one.count > 1 ? ` (${count(one.count, "item")})` : ""}`
          );
          return (
            <li key={one.id}>
              <div>
                <Link {...caseLink(one.kind, one.id)}>{text}</Link>
                {isAlike ? (
                  <span className="muted todo-line">
                    since <When at={one.since} />
                  </span>
                ) : (
                  <About of={one} />
                )}
                {one.rank !== null && <span className="muted todo-line">{RANK_WORDS[one.rank]}</span>}
              </div>
              {one.severity === null ? <span /> : <SeverityMark of={one.severity} />}
              <Due of={one} />
            </li>
          );
        })}
      </ul>
      {cases.length > FIRST && (
        <footer>
          <Button look="quiet" aria-expanded={isAll} onPress={() => setAll(!isAll)}>
            {isAll ? `Show the first ${FIRST}` : `Show all ${cases.length}`}
          </Button>
        </footer>
      )}
    </section>
  );
}
