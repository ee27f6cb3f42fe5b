import { setImmediate as nextTurn } from "node:timers/promises";
import { createBirpc } from "birpc";
import { openPlaces } from "../process/places.ts";
import { scrubbed } from "../storage/database/faults.ts";
import type { Followers } from "../storage/journal/followers.ts";
import { openFollowers } from "../storage/openFollowers.ts";
import { type FollowerCalls, type FollowerWork, SERVICE_EVENTS, type ServiceCalls } from "./followerCalls.ts";
import { yieldCores } from "./priority.ts";

// What the process that follows the journal does: it follows it until the service has it end, with connections of its own that read.

/** How long the service may know less than this process. */
const STATUS_EVERY_MS = 100;

// A terminal and a supervisor signal the service's processes all at once: the service says when this one ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
// Without the service there is nobody who writes. It has nothing that must be put away first.
const orphaned = (): boolean => process.kill(process.pid, "SIGKILL");
process.on("disconnect", orphaned);

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error ? String(error.code) : error.name;
}

let begin: (work: FollowerWork) => void = () => {};
let close = (): void => {};
let end: number | null = null;
const beginning = new Promise<FollowerWork>((resolve) => {
  begin = resolve;
});
const closing = new Promise<void>((resolve) => {
  close = resolve;
});
const damaged = ({ message }: Error): void =>
  void service.log({ level: "error", message: "A file of places is damaged.", detail: message });
// What the service asks meanwhile waits for this.
const opening: Promise<Followers> = beginning.then(async ({ instance, placeData, source, url }) =>
  openFollowers({
    ...{ instance, placeOf: await openPlaces(placeData, damaged), source, url },
    taker: {
      take: (...step) => service.take(...step),
      want: (...asked) => service.want(...asked),
      release: (...asked) => service.release(...asked),
    },
    log: (entry) => void service.log(entry),
    failed: (detector, error) => void service.failed(detector, error instanceof Error ? error.name : typeof error),
  }),
);
const service = createBirpc<ServiceCalls, FollowerCalls>(
  {
    follow: begin,
    async appended(position) {
      end = position;
      (await opening).appended(position);
    },
    capacity: async () => (await opening).capacity(),
    // An error keeps its text alone on its way.
    caughtUp: async (name) =>
      (await opening).caughtUp({ name }).catch((error: unknown) => Promise.reject(scrubbed(error))),
    yieldCores,
    close,
  },
  {
    // That the service is gone is told otherwise.
    post: (message) => new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve())),
    on: (listen) => void process.on("message", listen),
    eventNames: SERVICE_EVENTS,
    timeout: -1,
  },
);

// What an error says may have been taken from a decision: it goes to the log as its kind, and not to the terminal.
process.on("uncaughtException", async (error: unknown) => {
  await service.log({ level: "error", message: "What follows the journal has failed.", detail: kindOf(error) });
  process.exit(1);
});
const followers = await opening;
let told = "";
const tell = (): void => {
  const status = followers.status();
  // How long one stands still, the service knows by its place.
  const text = JSON.stringify([status.map(({ stillMs: _, ...each }) => each), end]);
  if (text !== told) void service.status(status, end);
  told = text;
};
const telling = setInterval(tell, STATUS_EVERY_MS);
tell();
await closing;
clearInterval(telling);
await followers.close();
// The last turn is over before the service hears that this has ended.
await nextTurn();
process.off("disconnect", orphaned);
process.disconnect();
