import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Caller } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import type { Job } from "../domain/simulation/jobs/job.ts";
import { type SeenJob, seenJob } from "../domain/simulation/jobs/seenJob.ts";
import { callerOf } from "./everyRequest.ts";

const PATH = "/jobs/:id/events";

/** Looks at a job; its instance keeps progress once a second. */
const LOOK_EVERY_MS = 500;
/** A comment keeps a quiet connection from being taken for dead. */
const ALIVE_EVERY_MS = 15_000;
/** After this a stream ends, and whoever comes again shows its key again. */
const LONGEST_MS = 600_000;
const MAX_STREAMS = 100;
const MAX_OWN = 5;
/** What the last event is called: who comes again after it is told to stop. */
const ENDED = "ended";

export interface JobEventsDeps {
  /** Null: there is none of that id. */
  readonly find: (id: string) => Promise<Job | null>;
  /** Within which a client must have taken what it was sent. */
  readonly sendTimeoutMs: number;
  readonly onCut: () => void;
}

function eventOf({ endedAt, id, progress, read, reason, state }: SeenJob): string {
  const data = JSON.stringify({ id, state, progress, read, reason });
  return endedAt === null ? `event: progress\ndata: ${data}\n\n` : `id: ${ENDED}\nevent: ended\ndata: ${data}\n\n`;
}

/** Sends what is new of a job until it has ended, the client has gone or takes nothing, or `stop` is given. */
async function follow(caller: Caller, job: Job, response: ServerResponse, deps: JobEventsDeps, stop: AbortSignal) {
  const { find, onCut, sendTimeoutMs } = deps;
  const began = performance.now();
  let [spoke, took] = [began, began];
  let last = "";
  const isOpen = (): boolean => !response.destroyed && !stop.aborted && performance.now() - began < LONGEST_MS;
  for (let now: Job | null = job; now !== null && isOpen(); now = await find(now.id)) {
    const event = eventOf(seenJob(caller, now));
    const at = performance.now();
    if (response.writableLength === 0) took = at;
    else if (at - took > sendTimeoutMs) {
      response.destroy();
      return onCut();
    }
    // What a client has not taken yet is not added to.
    if ((last === "" || response.writableLength === 0) && (event !== last || at - spoke > ALIVE_EVERY_MS)) {
      response.write(event === last ? ": still here\n\n" : last === "" ? `retry: 2000\n${event}` : event);
      last = event;
      spoke = at;
    }
    if (now.endedAt !== null && event === last) break;
    await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  response.end();
}

/** The progress of jobs as server-sent events (HTML, section 9.2), until each has ended. */
export function registerJobEvents(server: FastifyInstance, deps: JobEventsDeps): void {
  const stop = new AbortController();
  /** By caller. */
  const streams = new Map<string, number>();
  server.addHook("preClose", (done) => {
    stop.abort();
    done();
  });

  server.get<{ Params: { readonly id: string } }>(PATH, { config: { door: PATH } }, async (request, reply) => {
    const caller = callerOf(request);
    const { id } = request.params;
    const job = identifierProblem(id) === null ? await deps.find(id) : null;
    if (job === null) throw new ScopewardenError("NOT_FOUND", "There is no job of that id.");
    if (request.headers["last-event-id"] === ENDED && job.endedAt !== null) return reply.code(204).send();
    const own = streams.get(caller.id) ?? 0;
    const all = [...streams.values()].reduce((sum, count) => sum + count, 0);
    if (own >= MAX_OWN || all >= MAX_STREAMS)
      throw new ScopewardenError(
        "LIMIT_EXCEEDED",
        `At most ${MAX_OWN} streams of events a caller, ${MAX_STREAMS} in all.`,
      );
    streams.set(caller.id, own + 1);
    reply.hijack();
    const { raw: response } = reply;
    try {
      // A proxy that gathers answers would keep them back.
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
        "x-accel-buffering": "no",
      });
      await follow(caller, job, response, deps, stop.signal);
    } catch {
      // The job can't be looked at: the client comes again.
      response.destroy();
    } finally {
      const left = (streams.get(caller.id) ?? 1) - 1;
      if (left === 0) streams.delete(caller.id);
      else streams.set(caller.id, left);
    }
  });
}
