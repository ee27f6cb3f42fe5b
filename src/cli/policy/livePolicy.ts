import { isObject, type Members } from "../../domain/kernel/reader.ts";
import { type Item, type Snapshot, snapshotBuilder } from "../../domain/policy/snapshot.ts";
import { NOUNS, type Noun } from "../../domain/policy/types.ts";
import type { ScopewardenClient } from "../client.ts";
import { unavailable } from "../exit.ts";
import { NOUN_NAMES, rowOfNode, selectionOf } from "./policyRows.ts";

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
  const { list } = NOUN_NAMES[noun];
  const query = `query Export($first: Int, $after: String, $revision: Int) {
    ${list}(first: $first, after: $after, asOfRevision: $revision) {
      edges { node { ${selectionOf(noun)} } } pageInfo { hasNextPage endCursor }
    }
  }`;
  for (let after: string | null = null; ; ) {
    const data = await client.ask(query, { first: PAGE, after, revision }, READING);
    const { nodes, next }: Page = pageOf(data[list]);
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
