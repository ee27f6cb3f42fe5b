// Who could reach a patient's data, role by role: the service's rows put together. Pure, so that it is tested by itself.
import type { Access } from "../../generated/schema.ts";
import type { Change } from "./matrix.ts";
import type { Reach, ReachRow } from "./whoCan.graphql.ts";

/** One way to the data: a rule with a scope, and by which clients, places and purposes. */
export interface Way {
  readonly key: string;
  readonly reach: Reach;
  readonly rows: readonly ReachRow[];
  /** NARROWER: only without the change; WIDER: only with it. */
  readonly change: Change | null;
}

/** Where a role is held: by how many, and one row to ask by who they are. */
export interface Place {
  /** Null: in all organizations. */
  readonly organization: string | null;
  readonly holders: number;
  readonly row: ReachRow;
}

export interface RoleGroup {
  /** The role; `*`: everybody; "": clients that act as themselves. */
  readonly key: string;
  readonly access: Access;
  readonly change: Change | null;
  readonly places: readonly Place[];
  readonly clients: readonly { readonly id: string; readonly name: string; readonly status?: string }[];
  readonly types: readonly string[];
  readonly actions: readonly string[];
  readonly purposes: readonly string[];
  readonly ways: readonly Way[];
}

export interface Asked {
  /** "": any. */
  readonly type: string;
  readonly action: string;
  readonly client: string;
}

const meets = ({ resourceTypes, exceptTypes, actions }: Reach, { type, action }: Asked): boolean =>
  (type === "" || resourceTypes.includes(type) || (resourceTypes.includes("*") && !exceptTypes.includes(type))) &&
  (action === "" || actions.includes(action) || actions.includes("*"));

const keyOf = (row: ReachRow): string => (row.asItself ? "" : (row.role ?? "*"));
const wayKey = ({ ruleId, scope, resourceTypes, actions, conditions }: Reach): string =>
  JSON.stringify([ruleId, scope, resourceTypes, actions, conditions]);
const unique = (list: readonly string[]): readonly string[] => [...new Set(list)].sort();

function waysOf(rows: readonly ReachRow[], asked: Asked): readonly Way[] {
  const ways = new Map<string, { reach: Reach; rows: ReachRow[]; change: Change | null }>();
  const add = (reach: Reach, row: ReachRow, change: Change | null) => {
    if (!meets(reach, asked)) return;
    const key = `${change} ${wayKey(reach)}`;
    const way = ways.get(key) ?? { reach, rows: [], change };
    way.rows.push(row);
    ways.set(key, way);
  };
  for (const row of rows) {
    const [now, before] = [new Set(row.reaches.map(wayKey)), new Set((row.before?.reaches ?? row.reaches).map(wayKey))];
    for (const reach of row.reaches) add(reach, row, before.has(wayKey(reach)) ? null : "WIDER");
    for (const reach of row.before?.reaches ?? []) if (!now.has(wayKey(reach))) add(reach, row, "NARROWER");
  }
  return [...ways].map(([key, way]) => ({ key, ...way }));
}

function placesOf(rows: readonly ReachRow[]): readonly Place[] {
  const places = new Map<string | null, Place>();
  for (const row of rows)
    if (row.holders !== null)
      places.set(row.organization, { organization: row.organization, holders: row.holders, row });
  return [...places.values()].sort((a, b) => b.holders - a.holders);
}

function groupOf(key: string, all: readonly ReachRow[], asked: Asked): RoleGroup {
  const ways = waysOf(all, asked);
  const rows = all.filter((row) => ways.some((way) => way.rows.includes(row)));
  const changes = new Set(ways.flatMap(({ change }) => (change === null ? [] : [change])));
  const [one = null, ...more] = changes;
  const left = ways.filter(({ change }) => change !== "NARROWER");
  return {
    key,
    access: left.some(({ reach }) => reach.access === "ALLOW") ? "ALLOW" : left.length > 0 ? "CONDITIONAL" : "DENY",
    change: more.length > 0 ? "OTHER" : one,
    places: placesOf(rows),
    clients: [
      ...new Map(rows.map(({ client, clientId }) => [clientId, client ?? { id: clientId, name: clientId }])).values(),
    ],
    types: unique(ways.flatMap(({ reach }) => reach.resourceTypes)),
    actions: unique(ways.flatMap(({ reach }) => reach.actions)),
    purposes: unique(rows.map(({ purposeOfUse }) => purposeOfUse ?? "any")),
    ways,
  };
}

/** Groups by role, those that the question leaves nothing of left out; who is most first. */
export function whoSees(rows: readonly ReachRow[], asked: Asked): readonly RoleGroup[] {
  const byRole = new Map<string, ReachRow[]>();
  for (const row of rows)
    if (asked.client === "" || row.clientId === asked.client)
      byRole.set(keyOf(row), [...(byRole.get(keyOf(row)) ?? []), row]);
  const holders = ({ places }: RoleGroup) => places.reduce((sum, place) => sum + place.holders, 0);
  return [...byRole]
    .map(([key, of]) => groupOf(key, of, asked))
    .filter(({ ways }) => ways.length > 0)
    .sort((a, b) => holders(b) - holders(a) || (a.key < b.key ? -1 : 1));
}
