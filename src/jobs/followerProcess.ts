// The process that follows the journal: it says that it lives from its first moment on, as what it loads may take longer than a process
// may be silent.

/** A fifth of the time for which the service hears nothing before it ends this process (startFollowerProcess.ts). */
const BEAT_EVERY_MS = 1_000;

/** As birpc writes a call of `beat` that is not answered. */
const beat = (): void => void process.send?.({ t: "q", m: "beat", a: [] });
setInterval(beat, BEAT_EVERY_MS).unref();
beat();

await import("./followJournal.ts");
