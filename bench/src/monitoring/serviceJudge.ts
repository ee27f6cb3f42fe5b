import { createWatch, groupKey } from "../../../src/domain/monitoring/engines/watch.ts";
import type { Judge } from "./score/judge.ts";

const named = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}/${id}`;

/** The service's own engines, as they are shipped. Facts have no rate, and come first. */
export function createServiceJudge(): Judge {
  const watch = createWatch();
  return {
    learn(fact) {
      if (fact.kind !== "WIDENING") return;
      const { at, author, clientId, gives, subject } = fact;
      const to = subject === null ? null : named(subject);
      watch.policy({ kind: "GIVEN", at, author: named(author), subject: to, clientId, gives });
    },
    take: (decision) =>
      watch.take(decision).map(({ group, patient, code, rate, decisions }) => {
        const key = groupKey(group);
        return {
          matter: patient === undefined ? key : `${key} at ${patient}`,
          group: key,
          code,
          rate: rate ?? -1,
          decisions,
        };
      }),
  };
}
