import { Link } from "@tanstack/react-router";
import { useAsk, usePages } from "../../api/useAsk.ts";
import { type DecisionFilter, type ReasonCode, ReasonCodeWords } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Answer } from "../../ui/answer.tsx";
import { barsOf, unitOf } from "../../ui/bars.ts";
import { Button } from "../../ui/buttons.tsx";
import { DayBars } from "../../ui/charts.tsx";
import { Reason } from "../../ui/codes.tsx";
import { Failed, Loading } from "../../ui/feedback.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { ClientName } from "../../ui/names.tsx";
import { Panel, Section } from "../../ui/panel.tsx";
import { WayOn } from "../../ui/why/waysOn.tsx";
import { count } from "../../ui/words.ts";
import { DecisionList } from "./decisionCells.tsx";
import { DenialDays, DenialGroups, DeniedDecisions } from "./denials.graphql.ts";

interface DenialsPanelProps {
  readonly client: string;
  readonly reason: ReasonCode;
  readonly from: string;
  readonly onOpen: (id: string) => void;
  readonly onClose: () => void;
}

/** The requests behind a row: what each says that stood in the way, said once, and the way to its whole why. */
function Behind({ client, reason, from, onOpen }: Omit<DenialsPanelProps, "onClose">) {
  // What is counted are accesses; who counts nothing sees tokens, too.
  const kind = useMay()("stats") ? ({ kind: "ACCESS" } as const) : {};
  const filter = { ...kind, outcome: "DENY", clientId: client, decisiveReason: reason, from } as const;
  const pages = usePages(DeniedDecisions, { filter, first: 50 }, (answer) => answer.decisions);
  const { rows } = pages;
  if (pages.error !== null) return <Failed error={pages.error} retry={pages.refresh} />;
  if (pages.isPending) return <Loading rows={3} />;
  const said = new Map<string, number>();
  for (const { summary } of rows) said.set(summary, (said.get(summary) ?? 0) + 1);
  return (
    <>
      <Section title="What stood in the way">
        <ul className="why-list">
          {[...said].slice(0, 5).map(([summary, times]) => (
            <li key={summary}>
              {summary} {times > 1 && <span className="muted">{times} times.</span>}
            </li>
          ))}
          {said.size > 5 && <li className="muted">and {said.size - 5} more like these</li>}
        </ul>
      </Section>
      <Section title="The requests, newest first">
        <DecisionList of={rows} onOpen={onOpen} />
        {pages.hasMore && (
          <Button onPress={pages.more} isDisabled={pages.isAsking}>
            Show more
          </Button>
        )}
      </Section>
      <Link to="/decisions" search={{ client, reason, outcome: "DENY", from }}>
        See them among all decisions
      </Link>
    </>
  );
}

/** Of what they were, for who counts and sees no single request; and the way to ask what would be enough. */
function Kinds({
  client,
  filter,
  from,
}: {
  readonly client: string;
  readonly filter: DecisionFilter;
  readonly from: string;
}) {
  const asked = useAsk(DenialGroups, { from, filter });
  const may = useMay();
  return (
    <Section title="What was denied">
      <Answer of={asked}>
        {({ stats }) => (
          <ul className="why-list">
            {stats.rows.map(({ key: [type, organization], denied }) => (
              <li key={`${type} ${organization}`}>
                {count(denied, "access", "accesses")} to {type}{" "}
                {organization == null ? "of no organization" : `in ${organization}`}.{" "}
                {may("simulate") && (
                  <Link to="/why" search={{ client, type, ...(organization != null && { organization }) } as never}>
                    Ask what would be enough
                  </Link>
                )}
              </li>
            ))}
          </ul>
        )}
      </Answer>
      <p className="muted">Auditors see the single requests.</p>
    </Section>
  );
}

export function DenialsPanel(props: DenialsPanelProps) {
  const { client, reason, from, onClose } = props;
  const may = useMay();
  const unit = unitOf(from, null);
  const filter = { outcome: "DENY", clientId: client, decisiveReason: reason } as const;
  const asked = useAsk(DenialDays, { from, by: [unit.by], filter }, { when: may("stats") });
  const stats = asked.data?.stats;
  return (
    <Panel
      label="Denials"
      tone="DENY"
      above={<OutcomeMark of="DENY" />}
      title={<Reason of={reason} />}
      onClose={onClose}
    >
      <p>
        <ClientName id={client} />. <span className="muted">{ReasonCodeWords[reason]}</span>
      </p>
      {stats !== undefined && (
        <DayBars bars={barsOf(stats, unit)} label={`Denials by the ${unit.name}: ${stats.total}`} />
      )}
      <Section title="What would help">
        <WayOn clientId={client} code={reason} />
      </Section>
      {may("decisions") ? <Behind {...props} /> : <Kinds client={client} filter={filter} from={from} />}
    </Panel>
  );
}
