import { useState } from "react";
import {
  type ExportAsked,
  type ExportRun,
  exportedParts,
  forgetExport,
  startExport,
  stopExport,
  useExportRun,
} from "../../api/exportRun.ts";
import { type ActKind, ActKindWords, type ExportFormat, ExportFormatWords } from "../../generated/schema.ts";
import { Button } from "../../ui/buttons.tsx";
import { dayAgo, dayFrom, dayUntil } from "../../ui/days.ts";
import { download } from "../../ui/download.ts";
import { Failed, Note, Progress } from "../../ui/feedback.tsx";
import { ChoiceField, DateField, SelectField } from "../../ui/fields.tsx";
import { Form } from "../../ui/form.tsx";
import { useLink } from "../../ui/link.ts";
import { Page } from "../../ui/page.tsx";
import { Facts } from "../../ui/panel.tsx";
import { count, words } from "../../ui/words.ts";
import { Command } from "./Command.tsx";

const SHAPE = { format: "NDJSON", from: "", to: "", kind: "" } as const;
const actKinds = Object.keys(ActKindWords) as readonly ActKind[];
const FORMATS: Readonly<Record<ExportFormat, string>> = {
  NDJSON: "The record itself (NDJSON)",
  OCSF: "For a SIEM (OCSF)",
  FHIR: "For an audit repository (FHIR)",
};
const sizeWords = (bytes: number): string =>
  bytes < 1_000_000 ? `${Math.ceil(bytes / 1000).toLocaleString("en-US")} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

function RunView({ run }: { readonly run: ExportRun }) {
  const { acts, asked, bytes, error, fileName, progress, sha256, state } = run;
  const isWhole = asked.kind === null && asked.from === null && asked.to === null && asked.format === "NDJSON";
  return (
    <section className="card pad stack" aria-label="The export">
      <h2>
        {state === "DONE"
          ? isWhole
            ? "The whole record"
            : "A part of the record, all of it"
          : state === "RUNNING"
            ? "It is being taken"
            : words(state)}
      </h2>
      {state === "RUNNING" && (
        <>
          <Progress label={`${count(acts, "act")}, ${sizeWords(bytes)}`} part={progress} />
          <div className="row">
            <Button k="x" onPress={stopExport}>
              Stop it
            </Button>
            <span className="muted">
              You may look at other pages: it goes on, and is found again at the top. Closing or reloading this tab ends
              it.
            </span>
          </div>
        </>
      )}
      {error !== null && <Failed error={error} />}
      {state === "STOPPED" && (
        <Note>You stopped it after {count(acts, "act")}. Nothing of it is offered, as it is not whole.</Note>
      )}
      {state === "DONE" && (
        <>
          <Facts
            of={{
              Acts: acts.toLocaleString("en-US"),
              Size: sizeWords(bytes),
              "SHA-256": (
                <code className="record-hash">
                  {sha256 ?? "Your browser can't compute it, as this page came without https."}
                </code>
              ),
              File: fileName,
            }}
          />
          {acts === 0 && <Note>Nothing on record is of this kind and time. The file says so in its last line.</Note>}
          <div className="form-end">
            <Button look="primary" k="d" onPress={() => download(fileName, exportedParts(), "application/x-ndjson")}>
              Download the file
            </Button>
            <Button onPress={forgetExport}>Forget it</Button>
          </div>
          {isWhole ? (
            <>
              <p>
                It proves itself, with the public key of the checkpoints and nothing else. Save that as record.pub, from
                Checkpoints:
              </p>
              <Command text={`scopewarden record verify --file ${fileName} --public-key record.pub`} />
            </>
          ) : (
            <p className="muted">
              By itself it proves nothing: that each page of it was taken is on record, with its SHA-256. Keep that of
              the file. To prove a period, take the whole record, of all kinds and all time, which has the period in it;
              a single decision is proved under Proof of a decision.
            </p>
          )}
        </>
      )}
    </section>
  );
}

/** The same by the command line, which needs no browser for it. */
function commandOf({
  format,
  from,
  kind,
  to,
}: {
  readonly format: string;
  readonly from: string;
  readonly kind: string;
  readonly to: string;
}): string {
  const lower = format.toLowerCase();
  return [
    `scopewarden record export --format ${lower}`,
    ...(kind !== "" && format === "NDJSON" ? [`--kind ${kind}`] : []),
    ...(from === "" ? [] : [`--from ${from}`]),
    ...(to === "" ? [] : [`--to ${to}`]),
    `--output record.${lower === "ndjson" ? "" : `${lower}.`}ndjson`,
  ].join(" ");
}

/** Takes away what is on record, in the browser; what is large, by the command line. */
export default function ExportPage() {
  const link = useLink(SHAPE);
  const { format, from, kind, to } = link.values;
  const run = useExportRun();
  const [isSure, setSure] = useState(false);
  const asked: ExportAsked = {
    format: format as ExportFormat,
    kind: format === "NDJSON" ? (actKinds.find((each) => each === kind) ?? null) : null,
    from: dayFrom(from),
    to: dayUntil(to),
  };
  const start = () => {
    if (run?.state === "RUNNING" && !isSure) setSure(true);
    else {
      setSure(false);
      startExport(asked, { from, to, day: dayAgo(0) });
    }
  };
  return (
    <Page
      title="Export"
      purpose="Take away what is on record, as a file. Each page that is taken is put on record, with its SHA-256."
    >
      <div className="record-two">
        <section className="card pad" aria-label="What is taken">
          <Form
            submit={isSure ? "Yes: give up the one that runs" : "Take it away"}
            onSubmit={start}
            label="Take the record away"
            isInLink
          >
            <ChoiceField
              label="As what?"
              value={format}
              onChange={(next) => link.set({ format: next })}
              options={Object.entries(FORMATS).map(([id, name]) => ({
                id,
                name,
                hint: ExportFormatWords[id as ExportFormat],
              }))}
            />
            <div className="record-pair">
              <DateField
                label="From"
                value={from}
                onChange={(next) => link.set({ from: next })}
                hint="Empty: from the first on."
              />
              <DateField
                label="To, that day too"
                value={to}
                onChange={(next) => link.set({ to: next })}
                hint="Empty: until now."
              />
            </div>
            {format === "NDJSON" && (
              <SelectField
                label="Acts"
                value={kind}
                onChange={(next) => link.set({ kind: next })}
                options={[{ id: "", name: "All kinds" }, ...actKinds.map((id) => ({ id, name: words(id) }))]}
                hint="With all kinds and all time the file proves itself."
              />
            )}
            {isSure && <Note tone="warn">One is running. It is given up if you begin another.</Note>}
          </Form>
        </section>
        {run !== null && <RunView run={run} />}
        <section className="card pad stack" aria-label="By the command line">
          <h2>Much, or every night</h2>
          <p>
            The command line writes straight to a file, goes on where it was interrupted, and makes tables (CSV) too:
          </p>
          <Command text={commandOf({ format, from, kind, to })} />
          <p className="muted">It needs your key. An export that breaks off goes on with --resume.</p>
        </section>
      </div>
    </Page>
  );
}
