import { isObject, type Members } from "../../domain/kernel/reader.ts";
import { RefusedRequest, type ScopewardenClient } from "../client.ts";
import { badUsage, CliError, EXIT, unavailable } from "../exit.ts";

const FIELDS = `id state staleBecause title reason author digest baseRevision appliedRevision until
  findings { code noun key message }
  access { complete equal cells { change clientId role subjectId organization scope resourceType action before after example } }`;
const PROPOSE = `mutation Propose($input: ProposePolicyInput!) { proposePolicy(input: $input) { ${FIELDS}
  replay { replayed allowToDeny denyToAllow complete } } }`;
const FIND = `query Find($id: ID!) { proposal(id: $id) { ${FIELDS} } }`;
const APPLY = "mutation ApplyProposal($id: ID!) { applyProposal(id: $id) { revision changeCount } }";

const PROPOSING = {
  needs: "Proposing a change needs a key with the role admin or reviewer.",
  failed: "The service could not take the proposal.",
  instead: "Whether it was made, the query `proposals` says once the service answers again.",
} as const;
const APPLYING = {
  needs: "Applying a proposal needs a key with the role admin.",
  failed: "The service could not apply the proposal.",
  instead: "Whether it was applied, the same command says once the service answers again.",
} as const;

/** A proposal as the service shows it. */
export interface ProposalShown {
  readonly id: string;
  readonly state: string;
  readonly staleBecause: string | null;
  readonly title: string;
  readonly reason: string;
  readonly author: string;
  readonly digest: string;
  readonly baseRevision: number;
  readonly appliedRevision: number | null;
  readonly until: string;
  readonly findings: readonly { readonly message: string }[];
  /** Null where it is decided, or about something else than the policy. */
  readonly access: {
    readonly complete: boolean;
    readonly cells: readonly { readonly example: string | null }[];
  } | null;
  /** Only of one that was just made; null: no decisions were replayed. */
  readonly replay?: {
    readonly replayed: number | null;
    readonly allowToDeny: number | null;
    readonly denyToAllow: number | null;
    readonly complete: boolean;
  } | null;
}

function shown(value: unknown): ProposalShown {
  const { id, state, digest, findings }: Members = isObject(value) ? value : {};
  if (typeof id !== "string" || typeof state !== "string" || typeof digest !== "string" || !Array.isArray(findings))
    throw unavailable("What the service answers is no proposal.");
  return value as unknown as ProposalShown;
}

/** @throws RefusedRequest for what is wrong with the change */
export async function propose(client: ScopewardenClient, input: Members): Promise<ProposalShown> {
  return shown((await client.ask(PROPOSE, { input }, PROPOSING)).proposePolicy);
}

/** @throws CliError where there is none of this id */
export async function findProposal(client: ScopewardenClient, id: string): Promise<ProposalShown> {
  const { proposal } = await client.ask(FIND, { id }, APPLYING);
  if (proposal === null) throw badUsage(`There is no proposal ${id}.`);
  return shown(proposal);
}

/** Applies an approved proposal. Answers with the revision that it made. */
export async function applyProposal(client: ScopewardenClient, id: string): Promise<number> {
  try {
    const { applyProposal: made } = await client.ask(APPLY, { id }, APPLYING);
    if (!isObject(made) || typeof made.revision !== "number")
      throw unavailable("What the service answers is no revision of a policy.");
    return made.revision;
  } catch (error) {
    if (!(error instanceof RefusedRequest) || error.code !== "CONFLICT") throw error;
    throw new CliError(EXIT.unavailable, ...error.lines, "Nothing was changed.");
  }
}
