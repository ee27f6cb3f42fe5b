import type { ApiKeyStore, FailedUses, KeyFailure, KeyFailures } from "../domain/callers/types.ts";
import type { Clock, NewId } from "../domain/kernel/ports.ts";
import { errorFacts, type Log } from "./log.ts";

const MINUTE_MS = 60_000;

export interface KeyWatcher {
  used(id: string): void;
  failed(id: string, why: KeyFailure): void;
  /** Writes what has been noted, and what is noted meanwhile. Never rejects: what can't be written stays noted. */
  flush(): Promise<void>;
  /** Writes it for the last time. */
  stop(): Promise<void>;
}

/**
 * Notes how keys are used, and writes it behind the answers, at most once a minute for each key: when one was last used,
 * and as one act how often it failed. So an attacker who knows the id of a key makes one act a minute of it, whatever
 * they send. Only keys that exist are noted.
 */
export function watchKeys(deps: {
  readonly store: Pick<ApiKeyStore, "noteUses" | "recordFailures">;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly everyMs?: number;
}): KeyWatcher {
  const { store, clock, newId, log, everyMs = MINUTE_MS } = deps;
  let uses = new Map<string, number>();
  let failures = new Map<string, KeyFailures>();
  /** What could not be written, as it is to be written again: the same acts. */
  let unwritten: readonly FailedUses[] = [];
  let tail: Promise<void> = Promise.resolve();

  async function writeUses(): Promise<void> {
    const written = uses;
    uses = new Map();
    try {
      if (written.size > 0) await store.noteUses(written);
    } catch (error) {
      uses = new Map([...written, ...uses]);
      log.warn({ error: errorFacts(error) }, "when keys were last used could not be written yet");
    }
  }

  async function writeFailures(): Promise<void> {
    const at = clock();
    if (unwritten.length === 0) {
      unwritten = [...failures].map(([keyId, found]) => ({ id: newId(), keyId, at, failures: found }));
      failures = new Map();
    }
    if (unwritten.length === 0) return;
    try {
      await store.recordFailures(unwritten);
      unwritten = [];
    } catch (error) {
      log.warn({ error: errorFacts(error) }, "failed uses of keys could not be put on record yet");
    }
  }

  function flush(): Promise<void> {
    tail = tail.then(writeUses).then(writeFailures);
    return tail;
  }

  const timer = setInterval(() => void flush(), everyMs).unref();
  return {
    used: (id) => void uses.set(id, clock()),
    failed(id, why) {
      const known = failures.get(id) ?? { since: clock(), wrongSecret: 0, expired: 0, revoked: 0 };
      failures.set(id, { ...known, [why]: known[why] + 1 });
    },
    flush,
    stop() {
      clearInterval(timer);
      return flush();
    },
  };
}
