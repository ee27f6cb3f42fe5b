import type { Reply } from "./messages.ts";
import { fromWire, toWire } from "./wireError.ts";

/** Calls to another process that it has not answered yet. */
export interface Calls<Call> {
  /** Resolves with what the other process answers; rejects with its error, or that of `abandon`. */
  make(call: Call): Promise<unknown>;
  /** Takes an answer. One that nobody waits for is ignored. */
  take(reply: Reply): void;
  /** The other process is gone: fails what waits, and all to come. */
  abandon(reason: Error): void;
}

export function createCalls<Call>(
  send: (message: { readonly kind: "call"; readonly id: number; readonly call: Call }) => void,
): Calls<Call> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let last = 0;
  let gone: Error | null = null;
  return {
    make(call) {
      return new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone);
        const id = ++last;
        waiting.set(id, { resolve, reject });
        send({ kind: "call", id, call });
      });
    },
    take(reply) {
      const caller = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.kind === "reply") caller?.resolve(reply.value);
      else caller?.reject(fromWire(reply.error));
    },
    abandon(reason) {
      gone = reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}

/** Does what was asked, and answers; never rejects. */
export async function answerCall(
  id: number,
  work: () => Promise<unknown>,
  deps: { readonly send: (reply: Reply) => void; readonly onError?: (error: unknown) => void },
): Promise<void> {
  try {
    deps.send({ kind: "reply", id, value: await work() });
  } catch (error) {
    deps.onError?.(error);
    deps.send({ kind: "error", id, error: toWire(error) });
  }
}
