import { useState } from "react";
import { rememberJob } from "../../api/jobs.ts";
import { useAct } from "../../api/useAsk.ts";
import type { DetectorMode } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { Failed } from "../../ui/feedback.tsx";
import { ChoiceField, SelectField, TextField } from "../../ui/fields.tsx";
import { useFields } from "../../ui/form.tsx";
import { ActorName } from "../../ui/names.tsx";
import { Facts, Panel, Section } from "../../ui/panel.tsx";
import { ApplyOrPropose } from "../../ui/propose/ApplyOrPropose.tsx";
import { When } from "../../ui/when.tsx";
import { spaced } from "../../ui/words.ts";
import { BacktestView } from "./BacktestView.tsx";
import { MODES, ModeChip } from "./detectorMode.tsx";
import { type DetectorRow, SetDetector, StartBacktest } from "./detectors.graphql.ts";
import { daysBefore } from "./window.ts";

const WINDOWS = [
  { id: "7", name: "the last 7 days" },
  { id: "30", name: "the last 30 days" },
  { id: "90", name: "the last 90 days" },
];
const MODE_HINTS: Readonly<Record<DetectorMode, string>> = {
  ON: "What it finds makes alerts.",
  SHADOW: "What it finds is kept and shown, and makes no alert.",
  OFF: "It does not look, and learns nothing.",
};

interface DetectorPanelProps {
  readonly detector: DetectorRow;
  /** The back-test that is looked at; "": none. */
  readonly job: string;
  readonly onJob: (id: string) => void;
  readonly onClose: () => void;
}

type Texts = Readonly<Record<string, string>>;

/** Only what differs from how it is set. */
function changed(detector: DetectorRow, texts: Texts): Readonly<Record<string, number>> {
  const differ = detector.parameters.filter(
    ({ name, value }) => texts[name] !== undefined && texts[name] !== "" && Number(texts[name]) !== value,
  );
  return Object.fromEntries(differ.map(({ name }) => [name, Number(texts[name])]));
}

function Try({
  detector,
  texts,
  budget,
  onJob,
}: {
  readonly detector: DetectorRow;
  readonly texts: Texts;
  readonly budget: string;
  readonly onJob: (id: string) => void;
}) {
  const [{ days }, field] = useFields({ days: "30" });
  const act = useAct(StartBacktest, ({ startBacktest: { id } }) => {
    rememberJob({
      id,
      title: `Back-test: ${detector.title}`,
      to: "/detectors",
      search: { id: detector.code, job: id },
    });
    onJob(id);
  });
  const start = () =>
    void act.run({
      input: {
        detector: detector.code,
        from: daysBefore(serviceNow(), Number(days)),
        parameters: changed(detector, texts),
        alertsPerWeek: budget === "" ? null : Number(budget),
      },
    });
  return (
    <div className="row watch-try">
      <SelectField label="Try these numbers on" {...field("days")} options={WINDOWS} />
      <Button k="t" isDisabled={act.isRunning} onPress={start}>
        Try it
      </Button>
      {act.error !== null && <Failed error={act.error} />}
    </div>
  );
}

interface SaveProps {
  readonly detector: DetectorRow;
  readonly texts: Texts;
  readonly budget: string;
}

/** Sets it for who may, or proposes it to somebody else: always where changes take two people. */
function Save({ detector, texts, budget }: SaveProps) {
  const may = useMay();
  const [{ mode }, field] = useFields({ mode: "" });
  const set = useAct(SetDetector);
  const setting = {
    detector: detector.code,
    mode: mode as DetectorMode,
    parameters: changed(detector, texts),
    alertsPerWeek: budget === "" ? null : Number(budget),
  };
  const isMine = may("configureDetector");
  if (!isMine && !may("proposePolicy")) return null;
  return (
    <Section title={isMine ? "Set it" : "Propose it"}>
      <ApplyOrPropose
        title={`Detector: ${detector.title}`}
        submit="Set the detector"
        change={mode === "" ? null : { configureDetector: setting }}
        apply={(reason) => set.run({ input: { ...setting, reason } })}
        act={set}
        mayApply={isMine}
      >
        <ChoiceField
          label="What becomes of what it finds"
          {...field("mode")}
          isRequired
          options={(Object.keys(MODES) as DetectorMode[]).map((id) => ({ id, name: MODES[id], hint: MODE_HINTS[id] }))}
        />
      </ApplyOrPropose>
    </Section>
  );
}

/** What a detector compares and is set to, a try of other numbers on the past, and setting it. */
export function DetectorPanel({ detector, job, onJob, onClose }: DetectorPanelProps) {
  const [texts, setTexts] = useState<Texts>(() =>
    Object.fromEntries(detector.parameters.map(({ name, value }) => [name, String(value)])),
  );
  const [budget, setBudget] = useState(detector.alertsPerWeek === null ? "" : String(detector.alertsPerWeek));
  const { changedAt, changedBy, compares, mode, parameters, reason, title } = detector;
  return (
    <Panel label="Detector" title={title} above={<ModeChip mode={mode} />} onClose={onClose}>
      <p>
        <span className="muted">It compares: </span>
        {compares}
      </p>
      <Facts
        of={{
          "Set by":
            changedAt === null ? (
              <span className="muted">nobody yet: it only notes</span>
            ) : (
              <>
                <ActorName actor={changedBy} />, <When at={changedAt} />
              </>
            ),
          Why: reason,
        }}
      />
      <Section title="Its numbers">
        <div className="watch-parameters">
          {parameters.map(({ name, description, minimum, maximum, default: usual }) => (
            <TextField
              key={name}
              label={spaced(name)}
              name={name}
              type="number"
              value={texts[name] ?? ""}
              onChange={(text) => {
                setTexts({ ...texts, [name]: text });
                // What a try of other numbers found is no answer for these.
                if (job !== "") onJob("");
              }}
              hint={`${description.replaceAll("`", "")} From ${minimum} to ${maximum}, usually ${usual}.`}
            />
          ))}
          <TextField
            label="Alerts a week that you can look at"
            name="alertsPerWeek"
            type="number"
            value={budget}
            onChange={setBudget}
            hint="A try then says from how many points on that is kept."
          />
        </div>
        <Try detector={detector} texts={texts} budget={budget} onJob={onJob} />
      </Section>
      {job !== "" && <BacktestView id={job} title={`Back-test: ${title}`} />}
      <Save key={changedAt} detector={detector} texts={texts} budget={budget} />
    </Panel>
  );
}
