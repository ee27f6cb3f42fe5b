import { Link } from "@tanstack/react-router";
import { useAsk, usePages } from "../../api/useAsk.ts";
import { type ReasonCode, ReasonCodeWords } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { DayBars } from "../../ui/charts.tsx";
import { Failed, Loading, Note } from "../../ui/feedback.tsx";
import { OutcomeMark } from "../../ui/marks.tsx";
import { ClientName } from "../../ui/names.tsx";
import { Panel, Section } from "../../ui/panel.tsx";
import { words } from "../../ui/words.ts";
import { DecisionList } from "./decisionCells.tsx";
import { DenialDays, DeniedDecisions } from "./denials.graphql.ts";
import { barsOf } from "./window.ts";

interface DenialsPanelProps {
  readonly client: string;
  readonly reason: ReasonCode;
  readonly from: string;
  readonly onOpen: (id: string) => void;
  readonly onClose: () => void;
}

/** The requests behind a row: what each says that stood in the way, said once, and the way to its whole why. */
function Behind({ client, reason, from, onOpen }: Omit<DenialsPanelProps, "onClose">) {
  const filter = { outcome: "DENY", clientId: client, reason, from } as const;
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

export function DenialsPanel(props: DenialsPanelProps) {
  const { client, reason, from, onClose } = props;
  const may = useMay();
  const asked = useAsk(
    DenialDays,
    { from, filter: { outcome: "DENY", clientId: client, reason } },
    { when: may("stats") },
  );
  const stats = asked.data?.stats;
  return (
    <Panel label="Denials" tone="DENY" above={<OutcomeMark of="DENY" />} title={words(reason)} onClose={onClose}>
      <p>
        <ClientName id={client} />. <span className="muted">{ReasonCodeWords[reason]}</span>
      </p>
      {stats !== undefined && <DayBars bars={barsOf(stats, "DAY")} label={`Denials by the day: ${stats.total}`} />}
      {may("decisions") ? (
        <Behind {...props} />
      ) : (
        <Note>Auditors see the single requests. With the id of a decision, Why tells you what stood in its way.</Note>
      )}
    </Panel>
  );
}
