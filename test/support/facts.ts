import type { Consent } from "../../src/domain/consent/types.ts";
import type { FactQuery, FactSource } from "../../src/domain/decisions/gather.ts";

/** A source of consents kept in memory: what each patient agreed to. It keeps the queries that it was asked. */
export function memoryFactSource(consents: readonly Consent[]): FactSource & {
  readonly queries: FactQuery[];
  failure: unknown;
} {
  const source = {
    queries: [] as FactQuery[],
    failure: null as unknown,
    async gather(query: FactQuery) {
      source.queries.push(query);
      if (source.failure !== null) throw source.failure;
      return query.requests.map((request) => {
        const patient = "resource" in request ? request.resource.patient : (request.context?.patient ?? null);
        return { consents: consents.filter((consent) => consent.patient === patient) };
      });
    },
  };
  return source;
}
