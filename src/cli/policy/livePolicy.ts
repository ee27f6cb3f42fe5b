import { isObject, type Members } from "../../domain/kernel/reader.ts";
import { withAtoms } from "../../domain/policy/derivedAtoms.ts";
import { isSetting, NOUN_NAMES } from "../../domain/policy/files/operationOf.ts";
import { fieldsOf } from "../../domain/policy/files/policyShapes.ts";
import { membersOf } from "../../domain/policy/members.ts";
import { keptResponses } from "../../domain/policy/organizations.ts";
import { type Item, type Snapshot, snapshotBuilder } from "../../domain/policy/snapshot.ts";
import { NOUNS, type Noun, type PolicyRows, type ScopeVersion } from "../../domain/policy/types.ts";
import type { ScopewardenClient } from "../client.ts";
import { unavailable } from "../exit.ts";

/** Members that the API, or files, call by another name. */
const FIELD: Readonly<Record<string, string>> = { declarations: "atoms" };
/** What a query selects of a noun: every member that is stored. */
function selectionOf(noun: Noun): string {
  const kinds = new Map(fieldsOf(NOUN_NAMES[noun].put));
  const own = membersOf(noun).flatMap(({ name, role }) => {
    if (role === "derived" || isSetting(noun, name)) return [];
    return [`${name} ${kinds.get(FIELD[name] ?? name)?.selection ?? ""}`.trim()];
  });
  const settings = kinds.get("settings");
  return [...own, ...(settings === undefined ? [] : [`settings ${settings.selection}`])].join(" ");
}

/** The row that a node of the API stands for. @throws TypeError for what is no node of this noun */
function rowOfNode<N extends Noun>(noun: N, node: unknown): PolicyRows[N] {
  if (!isObject(node)) throw new TypeError(`not a ${noun}`);
  const settings = isObject(node.settings) ? node.settings : {};
  const members = membersOf(noun).flatMap(({ name, role, type }) => {
    if (role === "derived") return [];
    const value = (isSetting(noun, name) ? settings : node)[name];
    if (value === undefined) throw new TypeError(`a ${noun} without ${name}`);
    if (type !== "time" || value === null) return [[name, value] as const];
    const time = Date.parse(String(value));
    if (Number.isNaN(time)) throw new TypeError(`a ${noun} whose ${name} is no time`);
    return [[name, time] as const];
  });
  const row = Object.fromEntries(members);
  if (noun === "scope") return withAtoms(row as unknown as ScopeVersion) as unknown as PolicyRows[N];
  // What is kept as absent the API tells as null.
  if (Array.isArray(row.alertResponses)) row.alertResponses = keptResponses(row.alertResponses);
  return row as unknown as PolicyRows[N];
}

type Asking = Pick<ScopewardenClient, "ask">;

/** Rows of one page: as many as the service gives. */
const PAGE = 200;

const READING = {
  needs: "Reading the policy needs a key with the role admin, reviewer or auditor.",
  failed: "The policy can't be had from the service.",
  instead: "Try again later.",
} as const;

const notPolicy = () => unavailable("What the service answers is no policy that this version of scopewarden knows.");

async function currentRevision(client: Asking): Promise<number> {
  const { policyRevision } = await client.ask("query Revision { policyRevision { revision } }", {}, READING);
  // Of a policy that was never changed there is no revision.
  if (policyRevision === null) return 0;
  if (isObject(policyRevision) && typeof policyRevision.revision === "number") return policyRevision.revision;
  throw notPolicy();
}

interface Page {
  readonly nodes: readonly unknown[];
  readonly next: string | null;
}

function pageOf(connection: unknown): Page {
  const { edges, pageInfo }: Members = isObject(connection) ? connection : {};
  if (!Array.isArray(edges) || !isObject(pageInfo)) throw notPolicy();
  const nodes = edges.map((edge: unknown) => (isObject(edge) ? edge.node : null));
  const next = pageInfo.hasNextPage === true ? pageInfo.endCursor : null;
  return { nodes, next: typeof next === "string" ? next : null };
}

async function* rowsFrom(client: Asking, noun: Noun, revision: number): AsyncGenerator<Item> {
  const { plural } = NOUN_NAMES[noun];
  const query = `query Export($first: Int, $after: String, $revision: Int) {
    ${plural}(first: $first, after: $after, asOfRevision: $revision) {
      edges { node { ${selectionOf(noun)} } } pageInfo { hasNextPage endCursor }
    }
  }`;
  for (let after: string | null = null; ; ) {
    const data = await client.ask(query, { first: PAGE, after, revision }, READING);
    const { nodes, next }: Page = pageOf(data[plural]);
    for (const node of nodes) yield { noun, row: rowOfNode(noun, node) } as Item;
    if (next === null) return;
    after = next;
  }
}

/** The policy of the running service, all of it as it is at one revision. @throws CliError */
export async function readLivePolicy(client: Asking): Promise<Snapshot> {
  const revision = await currentRevision(client);
  const builder = snapshotBuilder();
  for (const noun of NOUNS) {
    try {
      for await (const item of rowsFrom(client, noun, revision)) builder.add(item);
    } catch (error) {
      if (error instanceof TypeError) throw notPolicy();
      throw error;
    }
  }
  return builder.done(revision);
}
