import { CancelJob, type JobState } from "../api/job.graphql.ts";
import { useAct } from "../api/useAsk.ts";
import { Button } from "./buttons.tsx";
import { Failed, Note, Progress } from "./feedback.tsx";
import { words } from "./words.ts";

function soFar({ read, state }: JobState): string {
  if (state === "QUEUED") return "waits for its turn";
  return read === null ? "under way" : `${read.toLocaleString("en-US")} decisions read`;
}

/** How far a job is, and a way to stop it. It goes on when the page is left. */
export function JobProgressView({ job, title }: { readonly job: JobState; readonly title: string }) {
  const cancel = useAct(CancelJob);
  if (job.state === "DONE") return null;
  if (job.state === "FAILED" || job.state === "CANCELLED")
    return (
      <Note tone="warn">
        {title}: {words(job.state)}. {job.reason}
      </Note>
    );
  return (
    <div className="job">
      <Progress label={`${title}: ${soFar(job)}`} part={job.state === "QUEUED" ? null : job.progress} />
      <div className="row">
        <Button onPress={() => void cancel.run({ id: job.id })} isDisabled={cancel.isRunning}>
          Stop it
        </Button>
        <span className="muted small">You may leave this page: it goes on, and is found again at the top.</span>
      </div>
      {cancel.error !== null && <Failed error={cancel.error} />}
    </div>
  );
}
