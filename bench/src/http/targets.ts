/** What the load goes to: the service as it starts by default, and its peers. */
import type { Server } from "../lib/processes.ts";
import type { Cerbos } from "./cerbos.ts";
import type { Load } from "./load.ts";
import * as questions from "./questions.ts";
import type { Service } from "./service.ts";

export interface Target {
  readonly label: string;
  readonly server: Server;
  /** Set where it is the service. */
  readonly service?: Service;
  readonly load: Omit<Load, "requests" | "ports">;
  /** Decisions in one request. */
  readonly decisions: number;
}
export const NAMES = [
  "graphql",
  "empty_apollo",
  "cerbos",
  "batch50",
  "cerbos_batch50",
  "authzen",
  "empty_fastify",
] as const;
export type Name = (typeof NAMES)[number];

export function targetsOf(service: Service, apollo: Server, fastify: Server, cerbos: Cerbos | null) {
  const BATCH = questions.BATCH;
  const evaluation = { connections: 32, path: "/access/v1/evaluation", bodies: questions.authzenBodies() };
  const graphql = { connections: 32, path: "/graphql", bodies: questions.graphqlBodies() };
  const batch = { connections: 8, path: "/graphql", bodies: questions.graphqlBatchBodies() };
  const check = { path: "/api/check/resources", headers: {}, expect: '{"requestId":"bench"' };
  const by = (service: Service) => ({ headers: { authorization: `Bearer ${service.key}` } });
  const authorize = { ...graphql, expect: '{"data":{"authorize":{"id":"' };
  const authorizeBatch = { ...batch, expect: '{"data":{"authorizeBatch":[{"id":"' };
  const evaluate = { ...evaluation, expect: '{"decision":' };
  const of = (service: Service, decisions: number, load: Omit<Load, "requests" | "ports" | "headers">) => ({
    server: service,
    service,
    decisions,
    load: { ...load, ...by(service) },
  });
  return {
    graphql: { label: "Scopewarden, GraphQL authorize", ...of(service, 1, authorize) },
    empty_apollo: {
      label: "empty Apollo resolver",
      server: apollo,
      decisions: 0,
      load: { ...authorize, ...by(service) },
    },
    authzen: { label: "Scopewarden, AuthZEN evaluation", ...of(service, 1, evaluate) },
    empty_fastify: {
      label: "empty Fastify handler",
      server: fastify,
      decisions: 0,
      load: { ...evaluate, ...by(service) },
    },
    batch50: { label: "Scopewarden, authorizeBatch of 50", ...of(service, BATCH, authorizeBatch) },
    ...(cerbos === null
      ? {}
      : {
          cerbos: {
            label: "Cerbos, one resource",
            server: cerbos,
            decisions: 1,
            load: { ...check, connections: 32, bodies: questions.cerbosBodies() },
          },
          cerbos_batch50: {
            label: "Cerbos, 50 resources",
            server: cerbos,
            decisions: BATCH,
            load: { ...check, connections: 8, bodies: questions.cerbosBatchBodies() },
          },
        }),
  } satisfies Readonly<Record<string, Target>>;
}
