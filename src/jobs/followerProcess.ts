// The process that follows the journal. It says that it lives from its first moment on: what it loads may take longer than it may be silent.
import type { FromFollower, ToFollower } from "./startFollowerProcess.ts";

/** A tenth of the time for which the service hears nothing before it ends this process inside a transaction. */
const BEAT_EVERY_MS = 100;

const send = (message: FromFollower): void => void process.send?.(message);
// Until it follows it opens the database, which may take locks.
let beat = (): FromFollower => ({ kind: "beat", isWriting: true, transactionMs: 0, states: [], damaged: [] });
setInterval(() => send(beat()), BEAT_EVERY_MS).unref();
send(beat());

// A terminal and a supervisor signal the service's processes all at once: the service says when this one ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
// Without the service nobody says when. A transaction that is open was never committed.
const orphaned = (): boolean => process.kill(process.pid, "SIGKILL");
process.on("disconnect", orphaned);
// What an error says may have been taken from a decision: it goes to the log as its kind, and not to the terminal.
process.on("uncaughtException", (error: unknown) => {
  const kind = error instanceof Error ? ("code" in error ? String(error.code) : error.name) : typeof error;
  const entry = { level: "error", message: "What follows the journal has failed.", detail: kind } as const;
  process.send?.({ kind: "log", entry } satisfies FromFollower, () => process.exit(1));
});

let close: () => void = () => {};
const closing = new Promise<void>((resolve) => {
  close = resolve;
});
const beginning = new Promise<Extract<ToFollower, { kind: "follow" }>>((resolve) => {
  process.on("message", (message: ToFollower) => (message.kind === "follow" ? resolve(message) : close()));
});

const [{ openPlaces }, { openFollower }, { consumersOf }, { dialectOf }, { nameFollower }, { resolved }] =
  await Promise.all([
    import("../process/places.ts"),
    import("../storage/follow/openFollower.ts"),
    import("../storage/follow/consumers.ts"),
    import("../storage/database/dialectOf.ts"),
    import("../storage/database/file/followerFile.ts"),
    import("../storage/database/file/databaseFile.ts"),
  ]);
const { instance, placeData, source, url } = await beginning;
send({ kind: "loaded" });
const dialect = dialectOf(url);
if (dialect.file !== null) await nameFollower(await resolved(dialect.file));
const placeOf = await openPlaces(placeData, ({ message }) =>
  send({ kind: "log", entry: { level: "error", message: "A file of places is damaged.", detail: message } }),
);
const loop = await openFollower({
  ...{ dialect, instance },
  log: (entry) => send({ kind: "log", entry }),
  // On its way before this process can be stopped with a lock.
  writes: () => send({ kind: "writes" }),
  consumers: consumersOf({
    ...{ clock: Date.now, dialect, placeOf, source },
    failed: (detector, error) =>
      send({ kind: "failed", detector, error: error instanceof Error ? error.name : typeof error }),
  }),
});
beat = () => ({
  ...{ kind: "beat", isWriting: loop.isWriting(), transactionMs: loop.transactionMs() },
  ...{ states: loop.states(), damaged: loop.damaged() },
});
await closing;
await loop.close();
process.off("disconnect", orphaned);
// The last message is on its way before the service hears that this has ended.
process.send?.(beat(), () => process.disconnect());
