import { setTimeout as delay } from "node:timers/promises";
import type { ClientConfig } from "pg";
import type { HintListener, Hints } from "../../domain/kernel/hints.ts";
import type { RunSql, StorageLog } from "./connection.ts";
import type { HintTopic } from "./dialect.ts";
import { describe } from "./faults.ts";

/** A server that has gone without a word is noticed by a question that it does not answer. */
const CHECK_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;
const END_WITHIN_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

const channelOf = (topic: HintTopic): string => `scopewarden_${topic}`;

/** PostgreSQL sends it when the transaction commits, and forgets it when it does not. */
export async function notify(run: RunSql, topic: HintTopic, id: string): Promise<void> {
  await run("SELECT pg_notify($1, $2)", [channelOf(topic), id]);
}

/** Hears hints on one connection until that is lost or `stopping` says so, and rejects then. */
async function hear(
  config: ClientConfig,
  stopping: AbortSignal,
  listener: HintListener & { readonly connected: () => void },
): Promise<never> {
  const { default: pg } = await import("pg");
  const client = new pg.Client(config);
  let stop = (): void => {};
  const over = new Promise<never>((_, reject) => {
    client.on("error", reject);
    client.on("end", () => reject(new Error("the connection ended")));
    stop = () => reject(new Error("it was stopped"));
  });
  over.catch(() => undefined); // It may come while nobody waits for it.
  client.on("notification", ({ channel, payload = "" }) => {
    if (channel === channelOf("policy")) listener.policy();
    else if (channel === channelOf("directory")) listener.directory();
    else if (channel === channelOf("api_key")) listener.apiKey(payload);
  });
  stopping.addEventListener("abort", stop);
  try {
    await Promise.race([over, client.connect()]);
    await client.query(
      `LISTEN ${channelOf("policy")}; LISTEN ${channelOf("directory")}; LISTEN ${channelOf("api_key")}`,
    );
    listener.connected();
    listener.missed();
    for (;;) {
      await Promise.race([over, delay(CHECK_EVERY_MS, undefined, { ref: false })]);
      await Promise.race([over, client.query("SELECT 1")]);
    }
  } finally {
    stopping.removeEventListener("abort", stop);
    await Promise.race([client.end(), delay(END_WITHIN_MS, undefined, { ref: false })]);
  }
}

/** Hints over LISTEN, on a connection of its own that is opened again, after a pause, whenever it is lost. */
export function postgresHints(config: ClientConfig, log: StorageLog): Hints {
  const limited = { ...config, connectionTimeoutMillis: ANSWER_WITHIN_MS, query_timeout: ANSWER_WITHIN_MS };
  return {
    listen(listener) {
      const stopping = new AbortController();
      const { signal } = stopping;
      let up = false;
      let lossTold = false;
      let pauseMs = FIRST_PAUSE_MS;
      const connected = (): void => {
        if (lossTold) log({ level: "info", message: "Hints of other instances' changes come again." });
        [up, lossTold, pauseMs] = [true, false, FIRST_PAUSE_MS];
      };

      async function keepListening(): Promise<void> {
        while (!signal.aborted) {
          const problem = await hear(limited, signal, { ...listener, connected }).catch(describe);
          up = false;
          if (signal.aborted) return;
          const message = "No hints of other instances' changes: they are seen when they are next looked for.";
          if (!lossTold) log({ level: "warn", message, detail: problem });
          lossTold = true;
          await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
          pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
        }
      }

      const listening = keepListening();
      return {
        get up() {
          return up && !signal.aborted;
        },
        stop() {
          stopping.abort();
          return listening;
        },
      };
    },
  };
}
