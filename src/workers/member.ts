import type { Worker } from "node:cluster";
import { errorFacts, type Log } from "../http/log.ts";
import type { MetricsJson } from "../http/metrics.ts";
import type { DecisionRow } from "../storage/decisionRow.ts";
import type { RowJournal } from "../storage/journal.ts";
import { answerCall, createCalls } from "./calls.ts";
import { type PrimaryCall, readToPrimary, type ToPrimary, type ToWorker, type WorkerCall } from "./messages.ts";
import { toWire } from "./wireError.ts";

type Ready = Extract<ToPrimary, { readonly kind: "ready" }>;

/** A worker, as the primary sees it. */
export interface Member {
  /** From 1; one that takes the place of another takes its number. */
  readonly number: number;
  /** What it said when it began to serve; null before that. */
  readonly ready: Ready | null;
  /** Why it could not start, in its own words. */
  readonly problem: string | null;
  /** What it counted when it was last asked. */
  metrics: MetricsJson | null;
  /** Resolves with its exit code, null after a signal. */
  readonly exited: Promise<number | null>;
  send(message: ToWorker): void;
  /** Rejects when it ends before it has answered. */
  call(call: WorkerCall): Promise<unknown>;
  kill(): void;
}

/** The primary's end of one worker: takes its messages, and answers them. */
export function createMember(deps: {
  readonly number: number;
  readonly worker: Worker;
  readonly desk: {
    readonly appendRows: RowJournal["appendRows"];
    answer(call: PrimaryCall, by: Member): Promise<unknown>;
  };
  /** What a worker that starts now must know. */
  readonly conditions: () => { readonly port: number; readonly journalReady: boolean };
  readonly onReady: (ready: Ready) => void;
  readonly log: Log;
}): Member {
  const { number, worker, desk } = deps;
  const log = deps.log.child({ worker: number });
  let ready: Ready | null = null;
  let problem: string | null = null;
  let toClose = false;

  function send(message: ToWorker): void {
    if (message.kind === "close") toClose = true;
    // With a callback, a worker that has just ended is not an error here: `exit` tells it.
    if (worker.isConnected()) worker.process.send(message, undefined, {}, () => undefined);
  }
  const calls = createCalls<WorkerCall>(send);

  async function append(id: number, rows: readonly DecisionRow[]): Promise<void> {
    try {
      const standing = await desk.appendRows(rows);
      if (standing.length !== rows.length) throw new Error("the journal answered with another number of records");
      const earlier = standing.flatMap((record, at) => (record === null ? [] : [{ at, record }]));
      send({ kind: "durable", id, earlier });
    } catch (error) {
      send({ kind: "refused", id, error: toWire(error) });
    }
  }

  function take(message: ToPrimary): void {
    if (message.kind === "append") {
      void append(message.id, message.rows);
    } else if (message.kind === "call") {
      const onError = (error: unknown): void => log.warn({ error: errorFacts(error) }, "a worker's change failed");
      void answerCall(message.id, () => desk.answer(message.call, member), { send, onError });
    } else if (message.kind === "hello") {
      // What it was sent before it listened is lost.
      send(toClose ? { kind: "close" } : { kind: "start", worker: number, ...deps.conditions() });
    } else if (message.kind === "ready") {
      ready = message;
      deps.onReady(message);
    } else if (message.kind === "failed") problem = message.problem;
    else calls.take(message);
  }

  worker.on("message", (received: unknown) => {
    const message = readToPrimary(received);
    if (message !== null) return take(message);
    log.fatal("a message of a worker is none; it is ended");
    member.kill();
  });
  const exited = new Promise<number | null>((resolve) => {
    worker.once("exit", (code: number | null) => {
      calls.abandon(new Error("the worker is gone"));
      resolve(code);
    });
  });

  const member: Member = {
    number,
    get ready() {
      return ready;
    },
    get problem() {
      return problem;
    },
    metrics: null,
    exited,
    send,
    call: (call) => calls.make(call),
    kill: () => void worker.process.kill("SIGKILL"),
  };
  return member;
}
