import { isObject, type Members } from "../../domain/kernel/reader.ts";
import type { PolicyPlan } from "../../domain/policy/files/policyPlan.ts";
import { OPERATION } from "../../domain/policy/files/policyShapes.ts";
import type { PolicyFinding } from "../../domain/policy/finding.ts";
import type { PolicyOperation } from "../../domain/policy/operations.ts";
import { RefusedRequest, type ScopewardenClient } from "../client.ts";
import { badUsage, CliError, EXIT, unavailable } from "../exit.ts";
import { badChange } from "../policyFiles.ts";

const CHANGING = {
  needs: "Changing the policy needs a key with the role admin; trying a change is for reviewers, too.",
  failed: "The service could not take the change.",
  instead: "Whether it was made, `scopewarden policy plan` says once the service answers again.",
} as const;

const APPLY = `mutation Apply($input: ApplyPolicyInput!) {
  applyPolicy(input: $input) { revision changeCount findings { code noun key message } }
}`;

/** What the service made, or would make, of a change. */
export interface Taken {
  readonly revision: number;
  readonly changeCount: number;
  readonly findings: readonly PolicyFinding[];
}

/** As the API takes them. */
export const asInput = (operations: readonly PolicyOperation[]): readonly unknown[] =>
  operations.map((operation) => OPERATION.write(operation));

function takenOf(revision: unknown): Taken {
  const { revision: number, changeCount, findings }: Members = isObject(revision) ? revision : {};
  if (typeof number !== "number" || typeof changeCount !== "number")
    throw unavailable("What the service answers is no revision of a policy.");
  const told = Array.isArray(findings) ? findings.filter(isObject) : [];
  // The API's word for a noun is in capitals.
  const ofNouns = told.map((finding) => ({ ...finding, noun: String(finding.noun).toLowerCase() }));
  return { revision: number, changeCount, findings: ofNouns as unknown as readonly PolicyFinding[] };
}

/** The change is larger than a request may be. */
export class TooLarge extends CliError {
  constructor(operations: number, lines: readonly string[]) {
    super(
      EXIT.badInput,
      `The change, ${operations} operations, is larger than the service takes in one request.`,
      ...lines.map((line) => `  ${line}`),
      "Set SCOPEWARDEN_MAX_REQUEST_BYTES of the service higher, so that it stays one revision; or say --in-parts to make several",
      "revisions of it, each whole by itself.",
    );
    this.name = "TooLarge";
  }
}

/**
 * Applies operations as one revision, or tries it.
 * @throws CliError that names the files and lines of what is wrong; TooLarge
 */
export async function applyOperations(
  client: ScopewardenClient,
  change: { readonly operations: readonly PolicyOperation[]; readonly places: PolicyPlan["places"] },
  { reason, expectedRevision, dryRun }: { reason: string; expectedRevision: number; dryRun: boolean },
): Promise<Taken> {
  const { operations, places } = change;
  try {
    const input = { operations: asInput(operations), reason, expectedRevision, dryRun };
    return takenOf((await client.ask(APPLY, { input }, CHANGING)).applyPolicy);
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    if (error.code === "CONFLICT")
      throw new CliError(
        EXIT.unavailable,
        "Somebody else changed the policy at the same time. Nothing was changed; plan it again.",
      );
    if (error.code === "FOUR_EYES_REQUIRED")
      throw badUsage(
        ...error.lines,
        "Propose the files with `scopewarden policy propose`. Once somebody else has approved the proposal,",
        "`scopewarden policy apply --proposal` with its id applies it.",
      );
    if (error.code === "LIMIT_EXCEEDED") throw new TooLarge(operations.length, error.lines);
    if (error.problems.length === 0) throw error;
    throw badChange(error.problems, places);
  }
}
