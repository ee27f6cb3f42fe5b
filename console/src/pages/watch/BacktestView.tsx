import { useState } from "react";
import { useJob } from "../../api/jobs.ts";
import { useAsk } from "../../api/useAsk.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Empty, Failed, Loading } from "../../ui/feedback.tsx";
import { JobProgressView } from "../../ui/jobProgress.tsx";
import { ClientName } from "../../ui/names.tsx";
import { Section } from "../../ui/panel.tsx";
import { Day } from "../../ui/when.tsx";
import { WhyDialogBody } from "../../ui/why/WhyPanel.tsx";
import { count, FEW_MEANS, figure } from "../../ui/words.ts";
import { verdictText } from "./alertWords.ts";
import { BacktestResult } from "./detectors.graphql.ts";

/** What a detector would have found in the past: how it goes, and what came of it. */
export function BacktestView({ id, title }: { readonly id: string; readonly title: string }) {
  const { job, error } = useJob(id);
  const isDone = job?.state === "DONE";
  const asked = useAsk(BacktestResult, { id }, { when: isDone });
  const [why, setWhy] = useState("");
  const backtest = asked.data?.job?.backtest;
  return (
    <Section title="What it would have found">
      {error !== null && <Failed error={error} />}
      {job === null && <Empty title="It is gone">Results are kept for 90 days.</Empty>}
      {job === undefined && error === null && <Loading rows={2} />}
      {job != null && <JobProgressView job={job} title={title} />}
      {asked.error !== null && <Failed error={asked.error} retry={asked.refresh} />}
      {backtest != null && (
        <>
          <div className="figures">
            <div>
              <b>{figure(backtest.alerts)}</b> alerts
            </div>
            <div>
              <b>{figure(backtest.findings)}</b> findings
            </div>
            <div>
              <b>{figure(backtest.decisions)}</b> decisions
            </div>
          </div>
          <p className="muted">
            <Day at={backtest.from} /> to <Day at={backtest.to} />
            {!backtest.complete && ". Not of all of that time there is history: with more of it, it would find less"}.{" "}
            {backtest.few && FEW_MEANS}
          </p>
          {backtest.threshold !== null && (
            <p>
              With {backtest.threshold.alertAt} as the points from which it makes an alert, there would have been{" "}
              {count(backtest.threshold.alerts, "alert")}.
            </p>
          )}
          {backtest.knownVerdicts.length > 0 && (
            <p>
              Of alerts that people closed it would have made too:{" "}
              {backtest.knownVerdicts.map(({ verdict, met }) => `${figure(met)} "${verdictText(verdict)}"`).join(", ")}.
            </p>
          )}
          {backtest.byClient.length > 0 && (
            <ul className="watch-findings">
              {backtest.byClient.slice(0, 5).map(({ clientId, client, findings }) => (
                <li key={clientId}>
                  <span className="number watch-points">{figure(findings)}</span>
                  <ClientName client={client} id={clientId} />
                </li>
              ))}
            </ul>
          )}
          {backtest.samples.length > 0 && (
            <ul className="why-list">
              {backtest.samples.slice(0, 5).map((sample) => (
                <li key={sample.id}>
                  <button type="button" className="row-open" onClick={() => setWhy(sample.decisionId)}>
                    {sample.sentence}
                  </button>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      <Dialog title="Why" isOpen={why !== ""} onClose={() => setWhy("")} isWide>
        {why !== "" && <WhyDialogBody decisionId={why} />}
      </Dialog>
    </Section>
  );
}
