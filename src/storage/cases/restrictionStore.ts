import { actOf, inVersion, type KeptRestriction } from "../../domain/decisions/restrictions/restriction.ts";
import { restrictionKind } from "../../domain/decisions/restrictions/restrictionKind.ts";
import { conflict } from "../../domain/kernel/errors.ts";
import { minute } from "../../domain/kernel/time.ts";
import { MOST_IN_FORCE, type RestrictionStore } from "../../domain/monitoring/responses/restrictionStore.ts";
import { restrictionAct } from "../../domain/record/acts.ts";
import { isStorable, requireIndexable } from "../database/text.ts";
import { among, is } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";
import { createImposing, type Refusal } from "./imposing.ts";

function refusalText({ because, id, until = 0 }: Refusal, { alertId, holder }: KeptRestriction): string {
  switch (because) {
    case "CLOSED":
      return `Alert ${alertId} is closed.`;
    case "BLOCKED":
      return `${holder.kind === "CLIENT" ? "client" : holder.type}/${holder.id} is blocked already, until ${minute(until)}: lift that first to give another end.`;
    case "IN_FORCE":
      return `Restriction ${id} of the same kind and holder is in force.`;
    case "SUSPENDED_BEFORE":
      return `Restriction ${id} suspended the same holder since alert ${alertId} was opened: another takes an alert that is opened after it.`;
    case "TOO_MANY_IN_FORCE":
      return `There are ${MOST_IN_FORCE} restrictions in force, the most that there may be: change the policy.`;
  }
}

/** Ids of holders that one statement reads, and what the last request adds. */
const MOST_JOINED = 200;

/** What is asked together is read together: `read` is given the union, and whoever asked takes from what it found what is theirs. */
interface JoinedReads<Row> {
  /** What was found for these, and maybe for others; read by a statement that begins after this was called. */
  ask(ids: readonly string[]): Promise<readonly Row[]>;
}

interface Batch<Row> {
  readonly ids: Set<string>;
  readonly found: Promise<readonly Row[]>;
  begin(): void;
}

/**
 * Under load a statement a request is what a server of its own stands still for: while one is under way, all that is asked waits for the next,
 * which is one statement for all of them. Who is alone is not kept waiting. A batch takes no more once it has `most` ids.
 */
export function createJoinedReads<Row>(
  read: (ids: readonly string[]) => Promise<readonly Row[]>,
  most: number,
): JoinedReads<Row> {
  const waiting: Batch<Row>[] = [];
  let isReading = false;

  function next(): void {
    const batch = isReading ? undefined : waiting.shift();
    if (batch === undefined) return;
    isReading = true;
    batch.begin();
    const over = (): void => {
      isReading = false;
      next();
    };
    batch.found.then(over, over);
  }

  function add(): Batch<Row> {
    const ids = new Set<string>();
    let begin = (): void => {};
    const found = new Promise<void>((resolve) => {
      begin = resolve;
    }).then(() => read([...ids]));
    const batch = { ids, found, begin };
    waiting.push(batch);
    return batch;
  }

  return {
    ask(ids) {
      const last = waiting.at(-1);
      const batch = last !== undefined && last.ids.size < most ? last : add();
      for (const id of ids) batch.ids.add(id);
      next();
      return batch.found;
    },
  };
}

/** Restrictions, which every decision asks for. */
export function createRestrictionStore(deps: CaseDeps): RestrictionStore {
  const cases = createCaseStore(deps, restrictionKind, {
    actOf: (kept) => restrictionAct(actOf(kept)),
    standing: ({ id }) => conflict(`Restriction ${id} of the same kind and holder is in force.`),
  });
  const imposing = createImposing(deps.dialect);
  // By id alone, of clients and subjects: whose they are and until when, each question says.
  const ofHolders = createJoinedReads(
    (ids) =>
      cases.look([['NOT "is_over"'], among(deps.dialect, 'COALESCE("subject_id", "client_id")', ids)], 'ORDER BY "id"'),
    MOST_JOINED,
  );

  return {
    ...cases,
    async alertsInForce(alertIds, now) {
      const ids = [...new Set(alertIds)].filter(isStorable);
      if (ids.length === 0) return new Set();
      const found = await cases.look([['NOT "is_over" AND "ends_at" > ?', now], among(deps.dialect, '"parent"', ids)]);
      return new Set(found.flatMap(({ alertId }) => alertId ?? []));
    },
    impose(restriction) {
      const { holder } = restriction;
      requireIndexable(`${holder.id}${holder.kind === "CLIENT" ? "" : holder.type}`, "type and id together");
      return cases.open(restriction, async (run) => {
        await imposing.begin(run);
        const refused = await imposing.refusal(run, restriction, MOST_IN_FORCE);
        if (refused !== null) throw conflict(refusalText(refused, restriction));
      });
    },

    async inForce({ clientIds, subjectIds }, now) {
      const clients = clientIds.filter(isStorable);
      if (subjectIds !== null) {
        const subjects = new Set(subjectIds.filter(isStorable));
        const ids = [...new Set([...clients, ...subjects])];
        if (ids.length === 0) return [];
        const own = new Set(clients);
        return (await ofHolders.ask(ids)).filter(
          ({ endsAt, holder: { id, kind } }) => now < endsAt && (kind === "CLIENT" ? own : subjects).has(id),
        );
      }
      const [isTheirs, ...theirs] = among(deps.dialect, '"client_id"', clients);
      return cases.look(
        [[`NOT "is_over" AND "ends_at" > ? AND ("subject_id" IS NOT NULL OR ${isTheirs})`, now, ...theirs]],
        'ORDER BY "id"',
      );
    },

    async versions(refs) {
      const ids = [...new Set(refs.map(({ id }) => id))].filter(isStorable);
      const found = ids.length === 0 ? [] : await cases.look([among(deps.dialect, '"id"', ids)]);
      const byId = new Map(found.map((each) => [each.id, each]));
      return refs.map(({ id, version }) => {
        const kept = byId.get(id);
        return kept === undefined ? null : inVersion(kept, version);
      });
    },

    lift: (id, lifted) =>
      cases.step(id, {
        ...{ event: "LIFTED", author: lifted.by.callerId, at: lifted.at, from: ["IN_FORCE"] },
        change: (kept) => ({ ...kept, lifted }),
      }),

    page: ({ filter: { alertId, clientId, response, states, subjectId }, ...query }) =>
      cases.page({
        ...query,
        states,
        where: [
          ...is("parent", alertId),
          ...is("client_id", clientId),
          ...is("subject_id", subjectId),
          ...cases.inBody("response", response),
        ],
      }),

    async counts(now) {
      const of = (response: KeptRestriction["response"]) =>
        cases.countOf({ now, states: ["IN_FORCE"], where: cases.inBody("response", response) });
      return { STEP_UP: await of("STEP_UP"), SUSPENSION: await of("SUSPENSION") };
    },
  };
}
