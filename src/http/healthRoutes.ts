import type { FastifyInstance } from "fastify";
import type { Metrics } from "../process/metrics.ts";

export interface Checks {
  readonly policy: boolean;
  readonly journal: boolean;
  /** Whether all that follows the journal gets on; decisions do not need it. */
  readonly followers: boolean;
  readonly draining: boolean;
}

/**
 * `/livez`: the process turns. `/readyz`: it can decide, and whether what follows the journal gets on beside that. Both are open, as who asks is an orchestrator without a
 * key. `/metrics` is not: how much a hospital asks, and when, is nobody's business; a key of any role will do.
 */
export function registerHealth(
  server: FastifyInstance,
  deps: { readonly checks: () => Checks; readonly metrics: Metrics },
): void {
  server.get("/livez", { exposeHeadRoute: true, config: { open: true } }, async (_request, reply) =>
    reply.send({ status: "ok" }),
  );

  server.get("/readyz", { exposeHeadRoute: true, config: { open: true } }, async (_request, reply) => {
    const { policy, journal, followers, draining } = deps.checks();
    const ready = policy && journal && !draining;
    const word = (ok: boolean): string => (ok ? "ok" : "unavailable");
    return reply.code(ready ? 200 : 503).send({
      status: ready ? "ready" : "not ready",
      checks: { policy: word(policy), journal: word(journal), followers: word(followers), draining },
    });
  });

  server.get("/metrics", async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.text()),
  );
}
