import { Link } from "@tanstack/react-router";
import { useExportRun } from "../api/exportRun.ts";
import { type StartedJob, useJob, useStartedJobs } from "../api/jobs.ts";
import { words } from "../ui/words.ts";

function JobLink({ of }: { readonly of: StartedJob }) {
  const { job } = useJob(of.id);
  const state = job == null ? "" : job.state === "RUNNING" ? `${Math.round(job.progress * 100)} %` : words(job.state);
  return (
    <li>
      <Link to={of.to} search={of.search as never}>
        {of.title}
      </Link>{" "}
      <span className="muted number">{state}</span>
    </li>
  );
}

/** An export runs in this page, and not at the service. */
function ExportLink() {
  const run = useExportRun();
  if (run === null) return null;
  return (
    <li>
      <Link to="/export" search={{}}>
        Export
      </Link>{" "}
      <span className="muted number">
        {run.state === "RUNNING" ? `${Math.round(run.progress * 100)} %` : words(run.state)}
      </span>
    </li>
  );
}

/** Long work that was begun in this visit: how far it is, and the way back to it. */
export function JobTray() {
  const jobs = useStartedJobs();
  const hasExport = useExportRun() !== null;
  if (jobs.length === 0 && !hasExport) return null;
  return (
    <aside className="jobs" aria-label="Long work">
      <strong>Long work</strong>
      <ul>
        <ExportLink />
        {jobs.slice(0, 3).map((job) => (
          <JobLink key={job.id} of={job} />
        ))}
      </ul>
    </aside>
  );
}
