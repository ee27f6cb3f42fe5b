import type { Clock } from "../../kernel/ports.ts";
import { longestResponses } from "../../policy/organizations.ts";
import type { AlertResponse } from "../../policy/types.ts";
import type { FactQuery, FactSource } from "../gather.ts";
import { isOf } from "./inForce.ts";
import type { KeptRestriction } from "./restriction.ts";
import type { RestrictionFacts } from "./store.ts";

const NONE: readonly KeptRestriction[] = [];

/** A token has no obligations: what it is used for has them. */
const bearsOn = (response: AlertResponse, kind: FactQuery["kind"]): boolean =>
  response === "SUSPENSION" || kind === "ACCESS";

/**
 * The restrictions of the client and the subject of a question; `whoever`: those of every subject, for questions about who could.
 * All questions of a request are one read, which begins after they came, so that what was imposed or lifted before, on any instance,
 * is felt. Where the policy lets no alert restrict anything, those without one count alone.
 */
export function createRestrictionSource(deps: {
  readonly store: Pick<RestrictionFacts, "inForce">;
  readonly clock: Clock;
}): FactSource {
  return {
    async gather({ kind, requests, snapshot, whoever = false }) {
      const possible = [...longestResponses(snapshot).keys()].some((response) => bearsOn(response, kind));
      if (requests.length === 0) return [];
      const subjectIds = new Set(requests.flatMap(({ subject }) => (subject === null ? [] : [subject.id])));
      const parties = {
        clientIds: [...new Set(requests.map(({ clientId }) => clientId))],
        subjectIds: whoever && requests.some(({ subject }) => subject === null) ? null : [...subjectIds],
      };
      const inForce = await deps.store.inForce(parties, deps.clock());
      const found = inForce.filter(
        ({ alertId, response }) => (possible || alertId === null) && bearsOn(response, kind),
      );
      return requests.map((request) => {
        if (found.length === 0) return { restrictions: NONE };
        const isAnybodys = ({ holder }: KeptRestriction) =>
          whoever && request.subject === null && holder.kind === "SUBJECT";
        return { restrictions: found.filter((each) => isOf(each, request) || isAnybodys(each)) };
      });
    },
  };
}
