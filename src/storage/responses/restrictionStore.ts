import type { DataSource } from "typeorm";
import {
  actOf,
  inVersion,
  type KeptRestriction,
  type RestrictionEvent,
  type RestrictionState,
} from "../../domain/decisions/restrictions/restriction.ts";
import type { RestrictedParties } from "../../domain/decisions/restrictions/store.ts";
import { conflict } from "../../domain/kernel/errors.ts";
import { minute } from "../../domain/kernel/time.ts";
import {
  MOST_IN_FORCE,
  type RestrictionFilter,
  type RestrictionStore,
} from "../../domain/monitoring/responses/restrictionStore.ts";
import { restrictionAct } from "../../domain/record/acts.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { noPage, pageOfRows } from "../database/select.ts";
import { peopleText } from "../database/storedPerson.ts";
import { isStorable, requireIndexable } from "../database/text.ts";
import { createStepWriter, type StepDeps } from "../monitoring/stepWriter.ts";
import { createImposing, IN_FORCE, type Refusal } from "./imposing.ts";
import { createJoinedReads } from "./joinedReads.ts";
import { restrictionColumns, restrictionOf } from "./restrictionTables.ts";

const fail = (error: unknown): Promise<never> =>
  Promise.reject(asUnavailable("POLICY_UNAVAILABLE", "Restrictions can't be read or written.", error));

type Condition = readonly [sql: string, ...parameters: readonly unknown[]];

const inState = (state: RestrictionState, now: number): Condition =>
  ({
    IN_FORCE: [IN_FORCE, now],
    ENDED: [`"lifted_at" IS NULL AND "ends_at" <= ?`, now],
    LIFTED: [`"lifted_at" IS NOT NULL`],
  })[state] as unknown as Condition;

function conditionsOf(filter: RestrictionFilter, now: number): readonly Condition[] {
  const { alertId, clientId, response, state, subjectId } = filter;
  const is = (column: string, value: string | undefined): readonly Condition[] =>
    value === undefined ? [] : [[`"${column}" = ?`, value]];
  const held = (kind: string, id: string | undefined): readonly Condition[] =>
    id === undefined ? [] : [[`"holder_kind" = '${kind}' AND "holder_id" = ?`, id]];
  return [
    ...is("alert_id", alertId),
    ...is("response", response),
    ...held("CLIENT", clientId),
    ...held("SUBJECT", subjectId),
    ...(state === undefined ? [] : [inState(state, now)]),
  ];
}

const text = (value: string): unknown => toDatabase(value, { property: "text", name: "text", type: "text" });
const places = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

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

/** Restrictions. Each write is one transaction, with its act on record, and may be run again without harm. */
export function createRestrictionStore(
  deps: StepDeps & {
    readonly source: DataSource;
    /** For lists, which may take long. */
    readonly lists: DataSource;
  },
): RestrictionStore {
  const { source, lists, dialect } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const step = createStepWriter(deps);
  const SELECT = `SELECT ${columnList(restrictionColumns)} FROM restriction`;
  const READ = sql(`${SELECT} WHERE "id" = ?`);
  const imposing = createImposing(dialect);
  const LIFT = sql(
    `UPDATE restriction SET "is_over" = TRUE, "lifted_at" = ?, "lifted_by" = ?, "lifter_subject_id" = ?, "lifter_subject_type" = ?,
      "lifter_issuer" = ?, "lifter_people" = ?, "lift_reason" = ? WHERE "id" = ? AND "lifted_at" IS NULL AND ${IN_FORCE}`,
  );

  const look = async (statement: string, parameters: readonly unknown[]) => {
    const rows = () => source.query<RawRow[]>(sql(statement), [...parameters]);
    return answerWithin(LOOKUP_MS, rows).catch(fail);
  };
  // By id alone, of clients and subjects: whose they are and until when, each question says.
  const ofHolders = createJoinedReads(async (ids) => {
    const statement = `${SELECT} WHERE NOT "is_over" AND "holder_id" IN (${places(ids)}) ORDER BY "id"`;
    return (await look(statement, ids)).map(restrictionOf);
  }, MOST_JOINED);
  const actId = (id: string, event: RestrictionEvent): string => `restriction:${id}:${event.toLowerCase()}`;

  return {
    impose(restriction) {
      const { holder, id, imposedAt, imposedBy } = restriction;
      requireIndexable(`${holder.id}${holder.kind === "CLIENT" ? "" : holder.type}`, "type and id together");
      return step({
        author: imposedBy.callerId,
        actId: actId(id, "IMPOSED"),
        async work(run) {
          await imposing.begin(run, imposedAt);
          const refused = await imposing.impose(run, restriction, MOST_IN_FORCE);
          if (refused !== null) throw conflict(refusalText(refused, restriction));
          return restrictionAct(actOf(restriction));
        },
      }).catch(fail);
    },

    async find(id) {
      if (!isStorable(id)) return null;
      const [found] = await look(`${SELECT} WHERE "id" = ?`, [id]);
      return found === undefined ? null : restrictionOf(found);
    },

    async inForce({ clientIds, subjectIds }: RestrictedParties, now) {
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
      const whose = clients.length === 0 ? "" : ` OR "holder_id" IN (${places(clients)})`;
      const statement = `${SELECT} WHERE ${IN_FORCE} AND ("holder_kind" = 'SUBJECT'${whose}) ORDER BY "id"`;
      return (await look(statement, [now, ...clients])).map(restrictionOf);
    },

    async versions(refs) {
      const ids = [...new Set(refs.map(({ id }) => id))].filter(isStorable);
      const found = ids.length === 0 ? [] : await look(`${SELECT} WHERE "id" IN (${places(ids)})`, ids);
      const byId = new Map(found.map((row) => [String(row.id), restrictionOf(row)]));
      return refs.map(({ id, version }) => {
        const kept = byId.get(id);
        return kept === undefined ? null : inVersion(kept, version);
      });
    },

    lift(id, { at, by, reason }) {
      const { id: subjectId = null, type = null, issuer = null } = by.subject ?? {};
      return step({
        author: by.callerId,
        actId: actId(id, "LIFTED"),
        async work(run) {
          const { affected } = await run(LIFT, [
            at,
            by.callerId,
            subjectId,
            type,
            issuer,
            peopleText(by),
            text(reason),
            id,
            at,
          ]);
          if (affected !== 1)
            throw conflict(`Restriction ${id} is not as it was read: somebody else was first, or its time is over.`);
          const [row] = (await run(READ, [id])).rows;
          return restrictionAct(actOf(restrictionOf(row as RawRow)));
        },
      }).catch(fail);
    },

    async page({ filter, now, page }) {
      const texts = Object.values(filter).filter((value) => typeof value === "string");
      if (!texts.every(isStorable)) return noPage();
      const conditions = [...conditionsOf(filter, now)];
      if (page.after !== null) conditions.push(['"id" < ?', page.after]);
      const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([condition]) => condition).join(" AND ")}`;
      const parameters = [...conditions.flatMap(([, ...values]) => values), page.first + 1];
      const rows = await lists
        .query<RawRow[]>(sql(`${SELECT}${where} ORDER BY "id" DESC LIMIT ?`), parameters)
        .catch(fail);
      const itemOf = (row: RawRow) => {
        const node = restrictionOf(row);
        return { node, key: node.id };
      };
      return pageOfRows(rows, { first: page.first, itemOf });
    },

    async counts(now) {
      const rows = await look(
        `SELECT "response", COUNT(*) AS "n" FROM restriction WHERE ${IN_FORCE} GROUP BY "response"`,
        [now],
      );
      const counted = Object.fromEntries(rows.map(({ n, response }) => [String(response), Number(n)]));
      return { STEP_UP: 0, SUSPENSION: 0, ...counted };
    },
  };
}
