// Who could reach a patient's data, role by role: the service's rows and people put together. Pure, so that it is tested by itself.
import type { Access } from "../../generated/schema.ts";
import type { Change } from "./matrix.ts";
import type { PersonRow, Reach, ReachRow } from "./whoCan.graphql.ts";

/** One way to the data: a rule with a scope, and by which clients, places and purposes. */
export interface Way {
  readonly key: string;
  readonly reach: Reach;
  readonly rows: readonly ReachRow[];
  /** NARROWER: only without the change; WIDER: only with it. */
  readonly change: Change | null;
}

/** Somebody who may reach the data by the rules for a role. */
export interface Person extends Pick<PersonRow, "subjectId" | "subjectType" | "subjectName"> {
  /** CONDITIONAL: it hangs on what a request says. */
  readonly access: Access;
}

export interface RoleGroup {
  /** The role; `*`: everybody; "": clients that act as themselves. */
  readonly key: string;
  readonly access: Access;
  readonly change: Change | null;
  /** Whom of those who hold it the rules let reach this patient's data. */
  readonly people: readonly Person[];
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

interface AskedOf extends Asked {
  /** False: what is nobody's data. */
  readonly ofPatients: boolean;
}

const meets = (
  { resourceTypes, exceptTypes, actions, ...reach }: Reach,
  { type, action, ofPatients }: AskedOf,
): boolean =>
  reach.ofPatients === ofPatients &&
  (type === "" || resourceTypes.includes(type) || (resourceTypes.includes("*") && !exceptTypes.includes(type))) &&
  (action === "" || actions.includes(action) || actions.includes("*"));

const keyOf = (row: ReachRow): string => (row.asItself ? "" : (row.role ?? "*"));
const wayKey = ({ ruleId, scope, resourceTypes, actions, conditions }: Reach): string =>
  JSON.stringify([ruleId, scope, resourceTypes, actions, conditions]);
const unique = (list: readonly string[]): readonly string[] => [...new Set(list)].sort();

function waysOf(rows: readonly ReachRow[], asked: AskedOf): readonly Way[] {
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

/** By the key of a group. */
function peopleByRole(found: readonly PersonRow[]): ReadonlyMap<string, readonly Person[]> {
  const byRole = new Map<string, Person[]>();
  for (const { by, ...person } of found)
    for (const { access, role } of by)
      byRole.set(role ?? "*", [...(byRole.get(role ?? "*") ?? []), { ...person, access }]);
  return byRole;
}

function groupOf(key: string, all: readonly ReachRow[], asked: AskedOf): Omit<RoleGroup, "people"> {
  const ways = waysOf(all, asked);
  const rows = all.filter((row) => ways.some((way) => way.rows.includes(row)));
  const changes = new Set(ways.flatMap(({ change }) => (change === null ? [] : [change])));
  const [one = null, ...more] = changes;
  const left = ways.filter(({ change }) => change !== "NARROWER");
  return {
    key,
    access: left.some(({ reach }) => reach.access === "ALLOW") ? "ALLOW" : left.length > 0 ? "CONDITIONAL" : "DENY",
    change: more.length > 0 ? "OTHER" : one,
    clients: [
      ...new Map(rows.map(({ client, clientId }) => [clientId, client ?? { id: clientId, name: clientId }])).values(),
    ],
    types: unique(ways.flatMap(({ reach }) => reach.resourceTypes)),
    actions: unique(ways.flatMap(({ reach }) => reach.actions)),
    purposes: unique(rows.map(({ purposeOfUse }) => purposeOfUse ?? "any")),
    ways,
  };
}

/** How many are reached: "2", "up to 3", or "2, up to 5" where some hang on what a request says. */
export function peopleWords(people: readonly Pick<Person, "access">[]): string {
  const sure = people.filter(({ access }) => access === "ALLOW").length;
  if (sure === people.length) return String(sure);
  return `${sure === 0 ? "" : `${sure}, `}up to ${people.length}`;
}

export interface Seen {
  /** Roles by whose rules somebody is let in, most people first; clients by themselves; and what a change takes away. */
  readonly groups: readonly RoleGroup[];
  /** Roles whose rules would let in whoever they are about, and nobody is. */
  readonly nobody: readonly RoleGroup[];
  /** What is reached beside that, and is no data of any patient. */
  readonly beside: readonly RoleGroup[];
}

/** Groups by role, those that the question leaves nothing of left out. */
export function whoSees(rows: readonly ReachRow[], people: readonly PersonRow[], asked: Asked): Seen {
  const byRole = new Map<string, ReachRow[]>();
  for (const row of rows)
    if (asked.client === "" || row.clientId === asked.client)
      byRole.set(keyOf(row), [...(byRole.get(keyOf(row)) ?? []), row]);
  const found = peopleByRole(people);
  const groupsOf = (ofPatients: boolean): readonly RoleGroup[] =>
    [...byRole]
      .map(([key, of]) => ({
        ...groupOf(key, of, { ...asked, ofPatients }),
        people: ofPatients ? (found.get(key) ?? []) : [],
      }))
      .filter(({ ways }) => ways.length > 0)
      .sort((a, b) => b.people.length - a.people.length || (a.key < b.key ? -1 : 1));
  const all = groupsOf(true);
  const isShown = ({ change, key, people: of }: RoleGroup) => key === "" || change !== null || of.length > 0;
  return { groups: all.filter(isShown), nobody: all.filter((group) => !isShown(group)), beside: groupsOf(false) };
}
