import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import {
  type DecisionFilter,
  type FoundKind,
  type Outcome,
  type ReasonCode,
  ReasonCodeWords,
} from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { PURPOSE_OPTIONS } from "../../ui/codeWords.ts";
import { isoOf } from "../../ui/days.ts";
import { Empty, Note } from "../../ui/feedback.tsx";
import { optionsOf } from "../../ui/fields.tsx";
import type { Filter } from "../../ui/filters.tsx";
import { findOptions } from "../../ui/findOptions.ts";
import { HIDDEN, type LinkShape, orNull, useLink } from "../../ui/link.ts";
import { ListPage } from "../../ui/listPage.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { localOf, When } from "../../ui/when.tsx";
import { WhyPanel } from "../../ui/why/WhyPanel.tsx";
import { DecisionBarsView } from "./DecisionBarsView.tsx";
import { DecisionPatients, DecisionWho, decisionReason, decisionWhat } from "./decisionCells.tsx";
import { Decisions } from "./decisions.graphql.ts";
import { daysBefore, SINCE } from "./window.ts";
import "./watch.css";

const SHAPE = {
  id: "",
  outcome: "",
  since: "30",
  client: "",
  subject: HIDDEN,
  patient: HIDDEN,
  reason: "",
  scope: "",
  rule: "",
  type: "",
  purpose: "",
  from: "",
  to: "",
} satisfies LinkShape;
const OUTCOMES = [
  { id: "", name: "All" },
  { id: "ALLOW", name: "Allowed" },
  { id: "DENY", name: "Denied" },
];
const REASONS = [{ id: "", name: "Any reason" }, ...optionsOf(ReasonCodeWords)];
/** What stands in the link as a time of the service, or of a field. */
const localTime = (text: string): string =>
  text === "" || Number.isNaN(Date.parse(text)) ? "" : localOf(new Date(text));

function useFilters(): { readonly usual: readonly Filter[]; readonly more: readonly Filter[] } {
  const mayFind = useMay()("find");
  const picker = (name: string, label: string, kind: Exclude<FoundKind, "PATIENT">): Filter =>
    mayFind
      ? { name, label, kind: "picker", search: findOptions(kind), placeholder: "any" }
      : { name, label, kind: "text", placeholder: "any" };
  return {
    usual: [
      { name: "outcome", label: "Outcome", kind: "segments", options: OUTCOMES },
      { name: "since", label: "Since", kind: "segments", options: SINCE },
      picker("client", "Client", "CLIENT"),
      { name: "subject", label: "Person", kind: "text", placeholder: "id" },
      { name: "patient", label: "Patient", kind: "text", placeholder: "id" },
      { name: "reason", label: "Reason", kind: "select", options: REASONS },
    ],
    more: [
      picker("scope", "Scope that allowed it", "SCOPE"),
      picker("rule", "Rule", "RULE"),
      { name: "type", label: "Type of record", kind: "text", placeholder: "Observation" },
      { name: "purpose", label: "Purpose", kind: "select", options: [{ id: "", name: "Any" }, ...PURPOSE_OPTIONS] },
      { name: "from", label: "From", kind: "time" },
      { name: "to", label: "Until", kind: "time" },
    ],
  };
}

export default function DecisionsPage() {
  const given = useLink(SHAPE);
  const link = {
    ...given,
    values: { ...given.values, from: localTime(given.values.from), to: localTime(given.values.to) },
  };
  const { values } = link;
  const may = useMay();
  const [now] = useState(serviceNow);
  const { usual, more } = useFilters();
  const [isMore, setMore] = useState(more.some(({ name }) => values[name as keyof typeof values] !== ""));
  const from = isoOf(values.from) ?? (values.since === "" ? null : daysBefore(now, Number(values.since)));
  const counted: DecisionFilter = {
    outcome: orNull<Outcome>(values.outcome),
    clientId: orNull(values.client),
    decisiveReason: orNull<ReasonCode>(values.reason),
    scope: orNull(values.scope),
    ruleId: orNull(values.rule),
    resourceType: orNull(values.type),
    purposeOfUse: orNull(values.purpose),
  };
  const isAboutSomebody = values.subject !== "" || values.patient !== "";
  const filter: DecisionFilter = {
    ...counted,
    subjectId: orNull(values.subject),
    patient: orNull(values.patient),
    from,
    to: isoOf(values.to),
  };
  const pages = usePages(Decisions, { filter, first: 50 }, (answer) => answer.decisions, {
    when: given.unknown.length === 0,
  });
  const beside = pages.first?.decisions;
  return (
    <ListPage
      title="Decisions"
      purpose="What was asked and answered, newest first. Open one to see why."
      link={link}
      filters={isMore ? [...usual, ...more] : usual}
      more={
        <Button look="quiet" aria-expanded={isMore} onPress={() => setMore(!isMore)}>
          {isMore ? "Fewer filters" : "More filters"}
        </Button>
      }
      pages={pages}
      idOf={({ id }) => id}
      empty={
        <Empty title="No such decision">
          {from === null ? "All that is on record" : "The time above"} was looked through, and nothing fits the filters.{" "}
          {may("accessHistory") ? "" : "You see what you asked for yourself."}
        </Empty>
      }
      columns={[
        { name: "When", cell: (row) => <When at={row.decidedAt} /> },
        { name: "Outcome", cell: (row) => <OutcomeMark of={row.outcome} /> },
        { name: "Who", cell: (row) => <DecisionWho of={row} /> },
        { name: "What", isMain: true, cell: decisionWhat },
        { name: "Patient", cell: (row) => <DecisionPatients patients={row.patients} /> },
        ...(values.id === "" ? [{ name: "Why", isMinor: true, cell: decisionReason } as const] : []),
      ]}
      panel={values.id !== "" && <WhyPanel decisionId={values.id} onClose={() => link.set({ id: "" })} />}
      above={
        <>
          {may("stats") && !isAboutSomebody && (
            <DecisionBarsView from={from ?? daysBefore(now, 30)} to={isoOf(values.to)} filter={counted} />
          )}
          {beside?.notes.map((note) => (
            <Note key={note}>{note}</Note>
          ))}
          {beside !== undefined && beside.archived.length > 0 && (
            <Note>
              Not in this list: {beside.archived.map(({ month }) => month).join(", ")}, which{" "}
              {beside.archived.length === 1 ? "is" : "are"} archived in files.
            </Note>
          )}
        </>
      }
    />
  );
}
