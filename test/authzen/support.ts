import { createAuthzenDoor } from "../../src/authzen/authzenDoor.ts";
import type { AuthzenDeps } from "../../src/authzen/deps.ts";
import { ENDPOINTS } from "../../src/authzen/metadata.ts";
import type { Caller } from "../../src/domain/callers/types.ts";
import { createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import { DEFAULT_INPUT_LIMITS } from "../../src/domain/decisions/inputReader.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { type Directory, EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import { NO_TURNS } from "../../src/domain/kernel/turns.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { Answer } from "../../src/doors/answer.ts";
import { EXPANSION } from "../../src/doors/expansion.ts";
import { newRequestFacts } from "../../src/doors/requestFacts.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { createMetrics } from "../../src/process/metrics.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW } from "../support/policies.ts";

// Awaited while the module loads: hooks of two files that meet in one process run at the same time, not in order.
const engine = await createEngine();

export const pep: Caller = { id: "key:pep", roles: new Set(["service"]), defaultClientId: "app" };
export const homeless: Caller = { ...pep, defaultClientId: null };

/** The decision point over a policy that tests can exchange, and a journal at hand. */
export interface Pdp extends AuthzenDeps {
  readonly journal: { readonly records: DecisionRecord[]; ready: boolean };
  snapshot: Snapshot;
  directory: Directory;
}

export function pdpOver(snapshot: Snapshot, directory: Directory = EMPTY_DIRECTORY): Pdp {
  const journal = memoryJournal();
  let id = 0;
  const pdp: Pdp = {
    journal,
    snapshot,
    directory,
    authorizer: createAuthorizer({
      snapshot: () => pdp.snapshot,
      directory: () => pdp.directory,
      engine,
      journal,
      clock: () => NOW,
      newId: () => `d${++id}`,
    }),
    gather: async () => new Map(),
    facts: () => ({ snapshot: pdp.snapshot, directory: pdp.directory, engine, now: NOW }),
    inputLimits: DEFAULT_INPUT_LIMITS,
    evaluations: 100,
    bytes: 200_000,
    scanned: 100_000,
    turns: NO_TURNS,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
  };
  return pdp;
}

/** What came back, and the code of the error that the log is told of. */
export type Reply = Pick<Answer, "status" | "body"> & { readonly code: string | null };

const metrics = createMetrics({
  blind: async () => ({ accesses: 9, withoutAddress: 3, ofPatients: 6, withoutPatient: 2, withoutPurpose: 0 }),
  withoutBaseline: async () => ({ clients: { ids: ["ehr"], of: 4 }, people: { count: 5, of: 30 } }),
  checkpointAgeMs: () => 0,
  retention: async () => ({ erased: 0, ageMs: 0, oldestMs: 0, clockAheadMs: 0 }),
  policyRevision: () => 1,
  policyAgeMs: () => 0,
  hintsUp: null,
  journal: () => ({ queued: 0, queuedBytes: 0, lagMs: 0, failures: 0 }),
  webhooks: null,
  sinks: () => new Map(),
  followers: () => [],
  explained: async () => [],
  breakGlasses: async () => ({ open: 0, waiting: 0, overdue: 0 }),
  openAlerts: async () => ({ INFO: 0, LOW: 1, MEDIUM: 2, HIGH: 3 }),
  restrictions: async () => ({ STEP_UP: 0, SUSPENSION: 0 }),
  detectorFailures: () => new Map(),
});
/** Asks the door at a path. */
const at =
  (path: string) =>
  async (pdp: AuthzenDeps, caller: Caller, asked: unknown): Promise<Reply> => {
    const { authorizer, gather, inputLimits, facts: decisionFacts, turns } = pdp;
    const policy = { current: () => decisionFacts().snapshot };
    const domain = { authorizer, gather, inputLimits, decisionFacts, policy, turns };
    const facts = newRequestFacts();
    const door = createAuthzenDoor({
      domain,
      metrics,
      decisions: pdp.evaluations,
      requestBytes: pdp.bytes / EXPANSION,
      scanned: pdp.scanned,
    });
    const { status, body } = await door(caller, { path, body: asked }, facts);
    return { status, body, code: facts.codes[0] ?? null };
  };
export const evaluation = at(ENDPOINTS.access_evaluation_endpoint);
export const evaluations = at(ENDPOINTS.access_evaluations_endpoint);
export const searchSubject = at(ENDPOINTS.search_subject_endpoint);
export const searchResource = at(ENDPOINTS.search_resource_endpoint);
export const searchAction = at(ENDPOINTS.search_action_endpoint);

let ids = 0;
export function changed(snapshot: Snapshot, operations: readonly PolicyOperation[]): Snapshot {
  const applied = applyOperations(snapshot, operations, {
    now: NOW,
    newId: () => `rule-${++ids}`,
    checkCondition: engine.checkCondition,
    readCondition: engine.readCondition,
  });
  if (!applied.ok) throw new Error(JSON.stringify(applied.problems));
  return applied.snapshot;
}

const scope = (name: string, resourceType: string, actions: readonly string[]): PolicyOperation[] => [
  { putScope: { name, atoms: [{ resourceType, actions }] } },
  { activateScope: { name } },
  { grantScope: { clientId: "app", scope: name } },
];

/** The fixture of the AuthZEN certification scenario, in Scopewarden's words. */
const FIXTURE: readonly PolicyOperation[] = [
  { putClient: { id: "app", name: "Application" } },
  ...scope("read_record", "record", ["read", "search"]),
  ...scope("write_record", "record", ["write"]),
  ...scope("delete_record", "record", ["delete"]),
  { putRole: { name: "reader" } },
  { putRole: { name: "owner", inherits: ["reader"] } },
  { assignRole: { subjectId: "alice", role: "owner", organization: "*" } },
  { assignRole: { subjectId: "bob", role: "reader", organization: "*" } },
  {
    putRule: {
      id: "read",
      role: "reader",
      action: "read",
      resourceType: "record",
      effect: "ALLOW",
      justification: "This policy is for a test.",
      scope: "*",
    },
  },
  {
    putRule: {
      id: "search",
      role: "reader",
      action: "search",
      resourceType: "record",
      effect: "ALLOW",
      justification: "This policy is for a test.",
      obligations: [{ type: "log", parameters: { to: "audit" } }, { type: "note" }],
      scope: "*",
    },
  },
  {
    putRule: {
      id: "write-unless-archived",
      role: "owner",
      action: "write",
      resourceType: "record",
      when: '!(has(resource.attributes) && has(resource.attributes.status) && resource.attributes.status == "archived")',
      effect: "ALLOW",
      justification: "This policy is for a test.",
      scope: "*",
    },
  },
  {
    putRule: {
      id: "admins-write-archived",
      action: "write",
      resourceType: "record",
      when: 'subject.attributes.role == "admin" && resource.attributes.status == "archived"',
      effect: "ALLOW",
      justification: "This policy is for a test.",
      role: "*",
      scope: "*",
    },
  },
  {
    putRule: {
      id: "soft-delete",
      role: "owner",
      action: "delete",
      resourceType: "record",
      when: "context.attributes.action.soft",
      effect: "ALLOW",
      justification: "This policy is for a test.",
      scope: "*",
    },
  },
];
export const fixture = (): Pdp => pdpOver(changed(emptySnapshot(), FIXTURE));

export const ALICE = { type: "user", id: "alice" };
export const BOB = { type: "user", id: "bob" };
export const RECORD = { type: "record", id: "record-1" };
export const ARCHIVED = { type: "record", id: "record-2", properties: { status: "archived" } };
export const READ = { name: "read" };
export const WRITE = { name: "write" };

// biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
export const bodyOf = (reply: Reply): any => JSON.parse(reply.body);
