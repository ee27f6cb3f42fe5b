import { useState } from "react";
import { useAct, useAsk } from "../../api/useAsk.ts";
import type { SampleVerdict } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { Button, stepOf } from "../../ui/buttons.tsx";
import { Empty, Failed } from "../../ui/feedback.tsx";
import { SelectField, TextAreaField } from "../../ui/fields.tsx";
import { Form, useFields } from "../../ui/form.tsx";
import { type LinkShape, useLink } from "../../ui/link.ts";
import { allRows } from "../../ui/list.tsx";
import { ListPage } from "../../ui/listPage.tsx";
import { Chip } from "../../ui/marks.tsx";
import { ActorName } from "../../ui/names.tsx";
import { Section } from "../../ui/panel.tsx";
import { Day, When } from "../../ui/when.tsx";
import { WhyPanel } from "../../ui/why/WhyPanel.tsx";
import { count } from "../../ui/words.ts";
import { DecisionPatients, DecisionWho, decisionWhat } from "./decisionCells.tsx";
import { DrawSample, JudgeSample, WeekSample, type WeekSampleResult } from "./samples.graphql.ts";
import "./watch.css";

type Sample = NonNullable<WeekSampleResult["weeklySample"]>;
type Sampled = Sample["accesses"][number];

const SHAPE = { id: "", week: "" } satisfies LinkShape;
const DAY_MS = 86_400_000;
const WEEKS = 12;
const VERDICTS: readonly { readonly id: SampleVerdict; readonly name: string }[] = [
  { id: "JUSTIFIED", name: "There was a reason" },
  { id: "NOT_JUSTIFIED", name: "It should not have been" },
  { id: "CANNOT_TELL", name: "Nobody can say" },
];
const verdictName = (verdict: SampleVerdict): string => VERDICTS.find(({ id }) => id === verdict)?.name ?? verdict;

/** The Mondays of the last weeks that are over, the latest first. */
function mondays(now: Date): readonly string[] {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * DAY_MS;
  return Array.from({ length: WEEKS }, (_, i) => new Date(monday - (i + 1) * 7 * DAY_MS).toISOString().slice(0, 10));
}

function Judge({ access, done }: { readonly access: Sampled; readonly done: () => void }) {
  const [verdict, setVerdict] = useState<SampleVerdict | null>(null);
  const [{ text }, field] = useFields({ text: "" });
  const act = useAct(JudgeSample, done);
  const step = stepOf(access.viewerMay, "judgeSample");
  if (access.verdict !== null)
    return (
      <Section title="What was found">
        <p>
          <strong>{verdictName(access.verdict)}.</strong> {access.text}
        </p>
        <p className="muted">
          <ActorName actor={access.judgedBy} />, <When at={access.judgedAt} />
        </p>
      </Section>
    );
  if (step === undefined) return null;
  if (!step.allowed) return <p className="because">{step.because}</p>;
  return (
    <Section title="Was there a reason for it?">
      <div className="watch-verdicts" role="group" aria-label="Verdict">
        {VERDICTS.map(({ id, name }, i) => (
          <Button
            key={id}
            k={String(i + 1)}
            aria-pressed={verdict === id}
            className={verdict === id ? "chosen" : ""}
            onPress={() => setVerdict(id)}
          >
            {name}
          </Button>
        ))}
      </div>
      {verdict !== null && (
        <Form
          submit="Keep this verdict"
          error={act.error}
          isRunning={act.isRunning}
          onSubmit={() => void act.run({ id: access.id, verdict, text })}
          onCancel={() => setVerdict(null)}
        >
          <TextAreaField
            label="What you found"
            {...field("text")}
            isRequired
            autoFocus
            hint="Kept on record. It can't be changed."
          />
        </Form>
      )}
    </Section>
  );
}

function Estimate({ of }: { readonly of: Sample }) {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const { missed, population, accesses } = of;
  return (
    <p className="card pad">
      {count(accesses.length, "access", "accesses")} drawn from {population.toLocaleString("en-US")} that nothing
      explained and nobody was alerted to.{" "}
      {missed === null || missed.judged === 0
        ? "Once some are judged, this says how much watching misses."
        : `Of ${missed.judged} judged, ${missed.notJustified} should not have been: ${percent(missed.share)} of all such accesses, and with 95 % certainty from ${percent(missed.low)} to ${percent(missed.high)}.`}
    </p>
  );
}

/** A few accesses of a week, drawn at random: their verdicts are the only estimate of what watching misses. */
export default function SamplesPage() {
  const link = useLink(SHAPE);
  const { id } = link.values;
  const [weeks] = useState(() => mondays(serviceNow()));
  const ofId = /\d{4}-\d{2}-\d{2}/.exec(id)?.[0] ?? "";
  const week = link.values.week || ofId || (weeks[0] ?? "");
  const ofWeek = { week: `${week}T00:00:00.000Z` };
  const asked = useAsk(WeekSample, ofWeek);
  const draw = useAct(DrawSample);
  const sample = asked.data?.weeklySample;
  const rows = sample?.accesses ?? [];
  const open = rows.find((row) => row.id === id);
  const judged = () => {
    const next = rows.find((row) => row.verdict === null && row.id !== id);
    link.set({ id: next?.id ?? "" }, { replace: true });
  };
  return (
    <ListPage
      title="Weekly sample"
      purpose="Accesses drawn at random from those that nothing explained. Your verdicts say how much watching misses."
      caption="Sampled accesses"
      pages={allRows(sample?.accesses, asked)}
      idOf={(row) => row.id}
      empty={
        sample == null ? (
          <Empty title="This week's sample is not drawn yet">
            <p>
              Up to twenty accesses are drawn, once. They wait for a verdict of reviewers and auditors from then on.
            </p>
            {draw.error !== null && <Failed error={draw.error} />}
            <Button look="primary" isDisabled={draw.isRunning} onPress={() => void draw.run(ofWeek)}>
              Draw the sample
            </Button>
          </Empty>
        ) : (
          <Empty title="Nothing was drawn">
            In the week from <Day at={sample.from} /> every access was explained, or somebody was alerted to it.
          </Empty>
        )
      }
      columns={[
        {
          name: "What",
          isMain: true,
          cell: ({ decision }) => (decision === null ? "It is no more on record" : decisionWhat(decision)),
        },
        { name: "When", cell: ({ decision }) => <When at={decision?.decidedAt} /> },
        { name: "Who", cell: ({ decision }) => decision !== null && <DecisionWho of={decision} /> },
        {
          name: "Patient",
          cell: ({ decision }) => decision !== null && <DecisionPatients patients={decision.patients} />,
        },
        {
          name: "Verdict",
          cell: ({ verdict }) => (verdict === null ? <Chip tone="wait">To judge</Chip> : verdictName(verdict)),
        },
      ]}
      panel={
        open !== undefined && (
          <WhyPanel key={open.id} decisionId={open.decisionId} onClose={() => link.set({ id: "" })}>
            <Judge access={open} done={judged} />
          </WhyPanel>
        )
      }
      link={link}
      above={
        <>
          <div className="filter-fields">
            <SelectField
              label="Week from"
              value={week}
              onChange={(next) => link.set({ week: next, id: "" })}
              options={[...new Set([week, ...weeks])].map((from) => ({ id: from, name: from }))}
            />
          </div>
          {sample != null && <Estimate of={sample} />}
        </>
      }
    />
  );
}
