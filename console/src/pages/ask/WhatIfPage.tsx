import "./ask.css";
import { useState } from "react";
import { rememberJob, useJob } from "../../api/jobs.ts";
import { useAct, useAsk } from "../../api/useAsk.ts";
import type { PolicyOperation, ReplayInput } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { Button } from "../../ui/buttons.tsx";
import { Empty, Failed, Loading, Note } from "../../ui/feedback.tsx";
import { Segments } from "../../ui/fields.tsx";
import { AccessList } from "../../ui/impact/AccessList.tsx";
import { SimulateChange } from "../../ui/impact/impact.graphql.ts";
import { JobProgressView } from "../../ui/jobProgress.tsx";
import { useLink } from "../../ui/link.ts";
import { Page } from "../../ui/page.tsx";
import { Section } from "../../ui/panel.tsx";
import { ChangeEditor } from "../../ui/policyChange/ChangeEditor.tsx";
import { changeTitle } from "../../ui/policyChange/changeKinds.ts";
import { CHANGE, changeOf, changeSearch, changeValues } from "../../ui/policyChange/changeLink.ts";
import { ProposeButton } from "../../ui/policyChange/ProposeButton.tsx";
import { count } from "../../ui/words.ts";
import { Impact } from "./Impact.tsx";
import { ReplayChange, ReplayedJob, StartReplay } from "./whatIf.graphql.ts";

const SHAPE = { ...CHANGE, days: "30", job: "", group: "" } as const;
const WINDOWS = [
  { id: "7", name: "7 days" },
  { id: "30", name: "30 days" },
  { id: "", name: "All" },
];
const DAY_MS = 86_400_000;
/** Of the flips, the newest of each kind are shown with their people. */
const SAMPLES = 50;

function inputOf(operations: readonly PolicyOperation[], days: string): ReplayInput {
  // By midnight, so that the same question is the same all day.
  const from =
    days === ""
      ? null
      : new Date(Math.floor(serviceNow().getTime() / DAY_MS) * DAY_MS - Number(days) * DAY_MS).toISOString();
  return { operations, samples: SAMPLES, ...(from !== null && { filter: { from } }) };
}

/** A change that is not made: what it would have done to past decisions, whom it touches whatever is asked, and the way to propose it. */
export default function WhatIfPage() {
  const link = useLink(SHAPE);
  const { days, group, job: jobId } = link.values;
  const operations = changeOf(link.values);
  const isAsked = operations.length > 0;
  const input = inputOf(operations, days);
  const asked = useAsk(ReplayChange, { input }, { when: isAsked && jobId === "" });
  const { job, error: jobError } = useJob(jobId);
  const made = useAsk(ReplayedJob, { id: jobId }, { when: job?.state === "DONE" });
  const start = useAct(StartReplay, ({ startReplay: { id } }) => {
    rememberJob({
      id,
      title: `Replay: ${changeTitle(operations)}`,
      to: "/what-if",
      search: { ...changeSearch(operations), days, job: id },
    });
    link.set({ job: id });
  });
  const change = JSON.stringify(operations);
  const [touchedOf, setTouchedOf] = useState("");
  const isTouchShown = touchedOf === change;
  const touched = useAsk(SimulateChange, { input: { operations, requests: [] } }, { when: isAsked && isTouchShown });
  const replay = jobId === "" ? asked.data?.replay : made.data?.job?.replay;
  const error = (jobId === "" ? asked.error : (jobError ?? made.error)) ?? start.error;
  return (
    <Page
      title="What if"
      purpose="Try a change of the policy on what has been, and on all that may be asked. Nothing changes."
      {...(isAsked && { asked: jobId === "" ? asked : made })}
    >
      <section className="card pad stack" aria-label="The change">
        <ChangeEditor
          operations={operations}
          onChange={(next) => link.set({ ...changeValues(next), job: "", group: "" })}
        />
      </section>
      {link.unknown.length > 0 && (
        <Note tone="warn">
          This link was made for a change that names somebody, and so does not say it. Make the change here.
        </Note>
      )}
      {!isAsked && (
        <Empty title="Which change?">
          Choose above what would change, or come from a rule, a client or a square of the matrix: past decisions are
          made again with it, and you see which would come out otherwise.
        </Empty>
      )}
      {isAsked && (
        <>
          <div className="row ask-bar">
            <Segments
              label="Past decisions of"
              value={days}
              onChange={(next) => link.set({ days: next, job: "", group: "" })}
              options={WINDOWS}
            />
            <ProposeButton operations={operations} />
          </div>
          {error !== null && <Failed error={error} {...(jobId === "" && { retry: asked.refresh })} />}
          {job != null && <JobProgressView job={job} title="Replay" />}
          {job === null && <Note tone="warn">This replay is no longer kept. Ask again by choosing a window.</Note>}
          {replay === undefined && error === null && (asked.isPending || made.isPending) && <Loading rows={5} />}
          {replay != null && (
            <Impact replay={replay} openGroup={group} onOpen={(key) => link.set({ group: key === group ? "" : key })} />
          )}
          {replay != null && !replay.complete && jobId === "" && (
            <Note tone="warn">
              <div className="row">
                There are more past decisions than can be made again at once.
                <Button onPress={() => void start.run({ input })} isDisabled={start.isRunning}>
                  Replay all of them
                </Button>
              </div>
            </Note>
          )}
          <section className="card pad stack">
            <Section title="Whatever may be asked">
              <p className="muted">
                Also what nobody has asked for yet
                {replay?.cells != null &&
                  replay.cells.changed > 0 &&
                  `: ${count(replay.cells.changed, "kind of request", "kinds of requests")} would change, and ${replay.cells.unused === 0 ? "each was used" : `${replay.cells.unused} of them nobody used`} in this time`}
                .
              </p>
              {isTouchShown && touched.error !== null && <Failed error={touched.error} />}
              {!isTouchShown && (
                <div>
                  <Button k="t" onPress={() => setTouchedOf(change)}>
                    Whom it touches
                  </Button>
                </div>
              )}
              {isTouchShown && touched.isPending && <Loading rows={3} />}
              {isTouchShown && touched.data !== undefined && <AccessList access={touched.data.simulate.access} />}
            </Section>
          </section>
        </>
      )}
    </Page>
  );
}
