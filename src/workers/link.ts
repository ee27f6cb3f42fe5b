import type { ApiKey } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import { openReadStorage } from "../storage/readStorage.ts";
import type { Storage } from "../storage/storage.ts";
import { answerCall, createCalls } from "./calls.ts";
import { follow } from "./follow.ts";
import {
  type PrimaryCall,
  readMetrics,
  type Sent,
  type ToPrimary,
  type ToWorker,
  type WorkerCall,
} from "./messages.ts";
import { metricsText } from "./metrics.ts";
import type { Primary, WorkerParts } from "./port.ts";
import { createRemoteJournal, type RemoteJournal } from "./remoteJournal.ts";
import { fromWire } from "./wireError.ts";

export interface Link extends Primary {
  /** Takes a message of the primary, but for those that are about this process itself. */
  take(message: Exclude<ToWorker, { readonly kind: "start" | "close" }>): void;
  /** The primary is gone. */
  lose(): void;
}

type Unavailable = "POLICY_UNAVAILABLE" | "JOURNAL_UNAVAILABLE" | "AUTHENTICATION_UNAVAILABLE";

const isKey = (value: unknown): value is ApiKey =>
  typeof value === "object" && value !== null && "id" in value && "revokedAt" in value && !("secretHash" in value);

/** The primary, as a worker reaches it through messages. */
export function createLink(deps: {
  readonly send: (message: Sent<ToPrimary>) => void;
  readonly clock: Clock;
  readonly databaseUrl: string;
  readonly maxInFlight: number;
  readonly journalReady: boolean;
}): Link {
  const { send } = deps;
  const calls = createCalls<PrimaryCall>(send);
  let parts: WorkerParts | null = null;
  let journal: RemoteJournal | null = null;
  let journalReady = deps.journalReady;

  async function ask(code: Unavailable, call: PrimaryCall): Promise<unknown> {
    try {
      return await calls.make(call);
    } catch (error) {
      if (error instanceof ScopewardenError) throw error;
      throw new ScopewardenError(code, "The process that writes is gone.", { cause: error });
    }
  }

  async function openStorage(): Promise<Storage> {
    const caughtUp = async (): Promise<void> => {
      await ask("JOURNAL_UNAVAILABLE", { name: "catchUp" });
    };
    const { findByRequestId, ...reads } = await openReadStorage(deps.databaseUrl, { caughtUp });
    const { clock, maxInFlight } = deps;
    journal = createRemoteJournal({ send, clock, maxInFlight, findByRequestId, ready: journalReady });
    return {
      ...reads,
      journal,
      policy: {
        ...reads.policy,
        async commit(revision) {
          await ask("POLICY_UNAVAILABLE", { name: "commit", revision });
        },
      },
      apiKeys: {
        ...reads.apiKeys,
        async add(key) {
          await ask("AUTHENTICATION_UNAVAILABLE", { name: "addKey", key });
        },
        async revoke(key, { at, author, reason }) {
          const revoked = await ask("AUTHENTICATION_UNAVAILABLE", { name: "revokeKey", key, at, author, reason });
          if (revoked === null || isKey(revoked)) return revoked;
          throw new ScopewardenError("INTERNAL", "The process that writes answered with something else than a key.");
        },
      },
    };
  }

  async function answer(call: WorkerCall): Promise<unknown> {
    // Nothing is decided here yet, and what will be read for it is read after this.
    if (parts === null) return null;
    if (call.name === "follow") return follow(parts.policy, call.revision);
    if (call.name === "forgetKey") return parts.forgetKey(call.key);
    if (call.name === "metrics") return parts.metrics();
    parts.watchSunsets();
    return null;
  }

  return {
    openStorage,
    join(own) {
      parts = own;
    },
    async metrics() {
      const all = await calls.make({ name: "metrics" });
      if (!Array.isArray(all)) throw new Error("the primary sent no metrics");
      return metricsText(all.flatMap((one) => [readMetrics(one) ?? []]));
    },
    take(message) {
      if (message.kind === "durable") return journal?.keep(message.id, message.earlier);
      if (message.kind === "refused") return journal?.refuse(message.id, fromWire(message.error));
      if (message.kind === "call") return void answerCall(message.id, () => answer(message.call), { send });
      if (message.kind !== "journal") return calls.take(message);
      journalReady = message.ready;
      journal?.setReady(journalReady);
    },
    lose() {
      journalReady = false;
      journal?.lose();
      calls.abandon(new Error("the primary is gone"));
    },
  };
}
