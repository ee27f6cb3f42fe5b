import { Link } from "@tanstack/react-router";
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

/** Long work that was begun in this visit: how far it is, and the way back to it. */
export function JobTray() {
  const jobs = useStartedJobs();
  if (jobs.length === 0) return null;
  return (
    <aside className="jobs" aria-label="Long work">
      <strong>Long work</strong>
      <ul>
        {jobs.slice(0, 3).map((job) => (
          <JobLink key={job.id} of={job} />
        ))}
      </ul>
    </aside>
  );
}
