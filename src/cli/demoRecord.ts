import { keyCaller } from "../domain/callers/callerName.ts";
import { CALLER_ROLES, type Identity } from "../domain/callers/types.ts";
import type { BreakGlassInput } from "../domain/consent/breakGlass/breakGlassInput.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { DecideGrantInput } from "../domain/decisions/granting/grantInput.ts";
import type { Domain } from "../domain/domain.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { PolicyOperation } from "../domain/policy/operations.ts";

/** A change of the policy by somebody who holds an admin key of their own. */
export interface PersonsChange {
  readonly by: string;
  readonly reason: string;
  readonly operations: readonly PolicyOperation[];
}

/** What was asked together, and when, in milliseconds since 1970. */
export interface Occasion {
  readonly at: number;
  readonly inputs: readonly AuthorizeInput[];
  /** The emergency that is opened before; null: none. */
  readonly emergency: BreakGlassInput | null;
  /** A token that is asked for; absent: none. */
  readonly token?: DecideGrantInput;
  /** A change of the policy; absent: none. */
  readonly policy?: PersonsChange;
}

type RecordedBy = Pick<Domain, "apiKeys" | "authorizer" | "breakGlasses" | "policy">;

const DEMO = { id: "demo", roles: new Set(CALLER_ROLES) } as const;

/** Opens one, unless it is open still. */
async function openEmergency({ breakGlasses }: RecordedBy, caller: Identity, input: BreakGlassInput) {
  await breakGlasses.open(caller, input).catch((error: unknown) => {
    if (!(error instanceof ScopewardenError && error.code === "CONFLICT")) throw error;
  });
}

/** The key of whoever changes the policy is made for that, and revoked. */
async function changePolicy({ apiKeys, policy }: RecordedBy, { by, operations, reason }: PersonsChange) {
  const { apiKey } = await apiKeys.create({
    name: `${by}, system administration`,
    roles: ["admin"],
    subject: { type: "user", id: by },
    defaultClientId: null,
    expiresAt: null,
    by: DEMO,
    reason: "The demo's month",
  });
  await policy.apply({ operations, reason, author: keyCaller(apiKey.id) });
  await apiKeys.revoke({ id: apiKey.id, by: DEMO, reason: "The demo's month" });
}

/** Decides what was asked, each at its time, and answers with the number of decisions. They are recorded as all others are. */
export async function recordOccasions(deps: {
  readonly domain: RecordedBy;
  readonly caller: Identity;
  /** In their order. */
  readonly occasions: readonly Occasion[];
  /** Sets the clock of the domain that decides. */
  readonly setClock: (at: number) => void;
}): Promise<number> {
  const { caller, domain } = deps;
  let decisions = 0;
  for (const { at, emergency, inputs, policy, token } of deps.occasions) {
    deps.setClock(at);
    if (policy !== undefined) await changePolicy(domain, policy);
    if (emergency !== null) await openEmergency(domain, caller, emergency);
    if (token !== undefined) await domain.authorizer.decideGrant(caller, token, "input");
    if (inputs.length > 0) await domain.authorizer.authorize(caller, inputs, (i) => `inputs[${i}]`);
    decisions += inputs.length + (token === undefined ? 0 : 1);
  }
  return decisions;
}
