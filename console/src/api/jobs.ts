// Long work goes on at the service while its page is left. What was begun is remembered until sign-out, so that it is found again.
import { useEffect, useState, useSyncExternalStore } from "react";
import { ask, onNewVisit } from "../session/session.ts";
import { type ApiError, errorOf, isPassing } from "../transport/apiError.ts";
import { JobProgress, type JobState } from "./job.graphql.ts";

export interface StartedJob {
  readonly id: string;
  /** What it is, for people: "Replay of 30 days". */
  readonly title: string;
  /** Where its result is shown. */
  readonly to: string;
  readonly search: Readonly<Record<string, string>>;
}

let started: readonly StartedJob[] = [];
const listeners = new Set<() => void>();
function become(next: readonly StartedJob[]): void {
  started = next;
  for (const listener of listeners) listener();
}
onNewVisit(() => become([]));

export const rememberJob = (job: StartedJob): void =>
  become([job, ...started.filter(({ id }) => id !== job.id)].slice(0, 10));

export const useStartedJobs = (): readonly StartedJob[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => started,
  );

const EVERY_MS = 1000;

/** How a job stands, looked at each second until it has ended. "": there is none. A job that is gone is null. */
export function useJob(id: string): { readonly job: JobState | null | undefined; readonly error: ApiError | null } {
  const [state, setState] = useState<{ id: string; job: JobState | null | undefined; error: ApiError | null }>({
    id,
    job: undefined,
    error: null,
  });
  useEffect(() => {
    if (id === "") return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      try {
        const { job } = await ask(JobProgress, { id }, abort.signal);
        setState({ id, job, error: null });
        if (job !== null && (job.state === "QUEUED" || job.state === "RUNNING")) timer = setTimeout(look, EVERY_MS);
      } catch (error) {
        if (abort.signal.aborted) return;
        setState((old) => ({ ...old, id, error: errorOf(error) }));
        if (isPassing(error)) timer = setTimeout(look, EVERY_MS * 3);
      }
    };
    void look();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [id]);
  return state.id === id ? state : { job: undefined, error: null };
}
