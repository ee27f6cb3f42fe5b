import type { ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";

/** Between two looks at the answers that are on their way, at most. */
const LOOK_EVERY_MS = 1000;

/**
 * Closes the connection of a client that has not taken an answer `withinMs` after it was sent: by that time, and not by
 * the pauses between its reads, or one that reads a little now and then would hold its answers for ever. Time in which an
 * answer waits for earlier ones of its connection, or in which this process does not get round to look, does not count.
 */
export function cutSlowReaders(
  server: FastifyInstance,
  deps: { readonly withinMs: number; readonly onCut: () => void },
): void {
  const { withinMs, onCut } = deps;
  const everyMs = Math.min(LOOK_EVERY_MS, withinMs / 4);
  /** How often each has been looked at. */
  const sending = new Map<ServerResponse, number>();
  server.addHook("onSend", (_request, reply, payload, done) => {
    sending.set(reply.raw, 0);
    done(null, payload);
  });
  server.addHook("onResponse", (_request, reply, done) => {
    sending.delete(reply.raw);
    done();
  });

  const look = (): void => {
    for (const [response, looks] of sending) {
      const { socket } = response;
      if (response.writableFinished || response.destroyed) sending.delete(response);
      else if (socket === null) sending.set(response, 0);
      else if (looks * everyMs < withinMs) sending.set(response, looks + 1);
      else {
        sending.delete(response);
        socket.destroy();
        onCut();
      }
    }
  };
  const timer = setInterval(look, everyMs).unref();
  server.addHook("onClose", (_server, done) => {
    clearInterval(timer);
    done();
  });
}
