import type { Worker } from "node:cluster";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import { errorFacts, type Log } from "../http/log.ts";
import type { MetricsJson } from "../http/metrics.ts";
import { answerCall, createCalls } from "./calls.ts";
import {
  type PrimaryCall,
  type Refused,
  readToPrimary,
  type Stored,
  type ToPrimary,
  type ToWorker,
  type WorkerCall,
} from "./messages.ts";
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
    append(records: readonly DecisionRecord[]): Promise<readonly DecisionRecord[]>;
    answer(call: PrimaryCall, by: Member): Promise<unknown>;
  };
  /** What a worker that starts now must know. */
  readonly conditions: () => { readonly port: number; readonly journalReady: boolean };
  readonly onReady: (ready: Ready) => void;
  readonly log: Log;
}): Member {
  const { number, worker, desk } = deps;
  const log = deps.log.child({ worker: number });
  let stored: Stored[] = [];
  let refused: Refused[] = [];
  let ready: Ready | null = null;
  let problem: string | null = null;

  function send(message: ToWorker): void {
    // With a callback, a worker that has just ended is not an error here: `exit` tells it.
    if (worker.isConnected()) worker.process.send(message, undefined, {}, () => undefined);
  }
  const calls = createCalls<WorkerCall>(send);

  // What one batch of the journal settles goes in one message.
  function flush(): void {
    const settled = { kind: "settled", stored, refused } as const;
    stored = [];
    refused = [];
    send(settled);
  }
  const soon = (): void => {
    if (stored.length + refused.length === 0) setImmediate(flush);
  };

  async function append(id: number, records: readonly DecisionRecord[]): Promise<void> {
    try {
      const held = await desk.append(records);
      if (held.length !== records.length) throw new Error("the journal answered with another number of records");
      const earlier = held.flatMap((record, at) => (record === records[at] ? [] : [{ at, record }]));
      soon();
      stored.push({ id, earlier });
    } catch (error) {
      soon();
      refused.push({ id, error: toWire(error) });
    }
  }

  function take(message: ToPrimary): void {
    if (message.kind === "append") {
      for (const { id, records } of message.appends) void append(id, records);
    } else if (message.kind === "call") {
      const onError = (error: unknown): void => log.warn({ error: errorFacts(error) }, "a worker's change failed");
      void answerCall(message.id, () => desk.answer(message.call, member), { send, onError });
    } else if (message.kind === "hello") {
      send({ kind: "start", worker: number, ...deps.conditions() });
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
