import { setPriority } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { isWorkerThread } from "piscina";
import type { BacktestTask } from "../domain/monitoring/backtest/backtestInput.ts";
import { makeBacktest } from "../domain/monitoring/backtest/makeBacktest.ts";
import { DETECTORS } from "../domain/monitoring/detectors/detectors.ts";
import { parsePolicyFile } from "../domain/policy/files/policyFile.ts";
import { createSnapshots } from "../domain/policy/snapshots.ts";
import { parseCases } from "../domain/simulation/cases/caseFile.ts";
import type { RunBounds } from "../domain/simulation/jobs/foldWindow.ts";
import type { Done } from "../domain/simulation/jobs/job.ts";
import type { FilesRead, FilesToRead } from "../domain/simulation/policyAsCode.ts";
import type { SubjectRef } from "../domain/simulation/replay/identifyingChange.ts";
import { replay } from "../domain/simulation/replay/replay.ts";
import type { ReplayTask } from "../domain/simulation/replay/types.ts";
import { createEngine } from "../engine/engine.ts";
import { newId } from "../process/ids.ts";
import { openReadOnly, type ReadOnlyStorage } from "../storage/readOnly.ts";
import { yaml } from "../yaml/yaml.ts";

// Decisions go first: on Linux a priority is a thread's own. Elsewhere it would be that of the whole service.
if (isWorkerThread && process.platform === "linux") setPriority(0, 10);

const engine = createEngine();
// The next page is read meanwhile: its rows arrive between turns of the event loop.
const breathe = (): Promise<void> => nextTurn();

/** What a thread is sent for a job; through the port it tells progress, and whatever comes through it cancels the job. */
interface Sent<Task> {
  readonly task: Task;
  readonly url: string;
  readonly port: MessagePort;
}

/** Does a job with connections of its own, which only read and are closed at its end. Null: it was cancelled. */
const apart =
  <Task, Result>(run: (storage: ReadOnlyStorage, task: Task, bounds: RunBounds) => Promise<Result>) =>
  async ({ port, task, url }: Sent<Task>): Promise<Done<Result> | null> => {
    let [isCancelled, read] = [false, 0];
    const isTimeUp = (): boolean => {
      isCancelled ||= receiveMessageOnPort(port) !== undefined;
      return isCancelled;
    };
    const tell = (progress: number, count: number): void => {
      read = count;
      port.postMessage([progress, read]);
    };
    const storage = await openReadOnly(url);
    try {
      const result = await run(storage, task, { isTimeUp, tell });
      return isTimeUp() ? null : { result, read };
    } finally {
      port.close();
      await storage.close();
    }
  };

export const replayApart = apart(async (storage, task: ReplayTask, bounds) => {
  const { baseRevision, fhirVersion, now, query, span, staff } = task;
  const known = new Set(staff);
  const { checkCondition, readCondition, ...rules } = await engine;
  const snapshot = await storage.policy.load(baseRevision);
  const hypothesis = {
    facts: { snapshot, engine: rules, now, fhirVersion },
    changeFacts: { now, newId, checkCondition, readCondition, fhirVersion },
  };
  const snapshots = createSnapshots({ current: () => snapshot, store: storage.policy, breathe });
  const isStaff = ({ id, type }: SubjectRef): boolean => known.has(`${type}/${id}`);
  return replay({ ...storage, hypothesis, snapshots, breathe, isStaff }, query, { ...bounds, span });
});

export const backtestApart = apart((storage, task: BacktestTask, bounds) => {
  const detector = DETECTORS.find(({ code }) => code === task.detector);
  if (detector === undefined) throw new Error(`There is no detector ${task.detector}.`);
  const { alerts, watchedHistory: history } = storage;
  return makeBacktest({ history, alerts, breathe }, detector, task, bounds);
});

/** Reads policy files and cases whole: what that takes in the worst case is for a thread, and not for decisions, to wait for. */
export const readFiles = ({ cases, policy }: FilesToRead): FilesRead => ({
  policy: policy.map(({ name, text }) => parsePolicyFile(name, text, yaml)),
  cases: cases.map(({ name, text }) => parseCases(name, text, yaml)),
});
