import type { KeyContent } from "../../callers/apiKeys.ts";
import { seesPseudonyms } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import { stateAt } from "../../cases/caseKind.ts";
import type { DirectoryAdmin } from "../../directory/admin.ts";
import { changedBy, type Directory } from "../../directory/directory.ts";
import type { EntityRef, NewEntity } from "../../directory/entity.ts";
import { canonicalJson, type Json, sameJson } from "../../kernel/canonical.ts";
import { badInput, type Problem } from "../../kernel/errors.ts";
import { Memo } from "../../kernel/memo.ts";
import type { Breathe, Clock, Sha256 } from "../../kernel/ports.ts";
import { isoTime } from "../../kernel/time.ts";
import type { PolicyAdmin } from "../../policy/admin.ts";
import type { Applied } from "../../policy/apply.ts";
import type { PolicyFinding } from "../../policy/finding.ts";
import { membersOf } from "../../policy/members.ts";
import { type NamedRow, namedBy, namedByChanges, namedByOperations } from "../../policy/namedRows.ts";
import type { Noun, PolicyRows } from "../../policy/types.ts";
import type { DetectorEffect, ProposedDetectors } from "./detectorChange.ts";
import type { KeptProposal, Proposal, ProposedChange } from "./proposal.ts";
import { proposalKind } from "./proposalKind.ts";
import type { ProposedSuppressions } from "./suppressionChange.ts";

/** What proposals must have, by the configuration. Times are milliseconds. */
export interface ProposalRules {
  /** Whether a fresh report is needed to approve and to apply. */
  readonly replayRequired: boolean;
  /** A report that is older makes its proposal STALE. */
  readonly reportMaxAgeMs: number;
  /** With more flips an approval says why, where a report is needed. */
  readonly mostFlips: number;
  /** How long a proposal may wait to be applied. */
  readonly lifetimeMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
export const DEFAULT_PROPOSAL_RULES: ProposalRules = {
  replayRequired: false,
  reportMaxAgeMs: 7 * DAY_MS,
  mostFlips: 0,
  lifetimeMs: 30 * DAY_MS,
};

/** Rows whose text is made without a break. */
const PART = 200;

/** What a change does, by name; `changes` 0: nothing. */
interface Effect {
  readonly effect: string;
  readonly changes: number;
}

/** A row without what the service notes of the hour, which differs between the review and the change. */
function said(noun: Noun, row: PolicyRows[Noun] | null): Json {
  if (row === null) return null;
  const values = row as unknown as { readonly [name: string]: Json | undefined };
  const members = membersOf(noun).filter(({ role }) => role !== "noted" && role !== "derived");
  return Object.fromEntries(members.map(({ name }) => [name, values[name] ?? null]));
}

/**
 * The name of what a change does to the policy: SHA-256 over the rows that differ, as they were and as they would be, part by
 * part, and over what they may allow more. The same name on another revision: the same change of the same rows.
 */
export async function policyEffect(
  { changes, findings }: Extract<Applied, { readonly ok: true }>,
  { sha256, breathe }: { readonly sha256: Sha256; readonly breathe: Breathe },
): Promise<Effect> {
  // What else is found rests on what others do meanwhile, as whether anything else names an organization.
  const widening = findings.filter(({ code }) => code === "WIDENS_ALLOW");
  let effect = sha256(canonicalJson(widening as unknown as Json));
  for (let at = 0; at < changes.length; at += PART) {
    if (at > 0) await breathe();
    const part = changes
      .slice(at, at + PART)
      .map(({ noun, key, before, after }) => ({ noun, key, before: said(noun, before), after: said(noun, after) }));
    effect = sha256(effect + canonicalJson(part));
  }
  return { effect, changes: changes.length };
}

/**
 * The same of the directory: the version that each entity has, and what becomes of it. It begins with a secret: by the digest of a proposal
 * somebody could guess else what is known of a patient.
 */
export function directoryEffect(
  directory: Directory,
  change: { readonly put: readonly NewEntity[]; readonly remove: readonly EntityRef[] },
  { salt, sha256 }: { readonly salt: string; readonly sha256: Sha256 },
): Effect {
  const rows = changedBy(directory, change);
  return { effect: `${salt} ${sha256(canonicalJson([salt, rows] as unknown as Json))}`, changes: rows.length };
}
const saltOf = (effect: string): string => effect.split(" ", 1)[0] ?? "";

type Look =
  | (Effect & {
      readonly findings: readonly PolicyFinding[];
      /** The rows of the policy that the change names. Absent: none. */
      readonly named?: readonly NamedRow[];
    })
  | { readonly problems: readonly Problem[] };

/** Looks at proposals on the policy and the directory as they are. */
export interface Review {
  /**
   * What a change would do now. @throws ScopewardenError BAD_USER_INPUT with every problem, and where it would do nothing: of the directory not
   * to who sees no patients, whom that would tell what is known of one
   */
  effectOf(caller: Caller, change: ProposedChange): Promise<Effect & { readonly findings: readonly PolicyFinding[] }>;
  /** Why what would come of a change of the policy is not what was reviewed; null: it is. */
  difference(kept: KeptProposal, applied: Applied): Promise<string | null>;
  /** The proposal as it is now. */
  look(kept: KeptProposal): Promise<Proposal>;
  /** Whether a change of the directory would still do what was reviewed. */
  readonly isDirectoryEffect: (change: Extract<ProposedChange, { kind: "DIRECTORY" }>, reviewed: string) => boolean;
  readonly detectorEffect: (effect: DetectorEffect) => Effect;
}

/** Answers that are remembered: lists are looked at again and again, and few revisions are made. */
const REMEMBERED = 2_000;
/** A change can become impossible by the hour alone, as when an end that it sets has come. */
const REMEMBERED_MS = 60_000;

const movedText = ({ baseRevision }: KeptProposal): string =>
  `what it touches has moved since revision ${baseRevision}, so that it would do something else now`;
const impossible = ([first]: readonly Problem[]): string =>
  `it can't be made any more: ${first === undefined ? "it is not valid" : `${first.path}: ${first.message}`}`;

/** The client that a key speaks for, and what it may assert. */
const namedByKey = ({ assertRoles = [], defaultClientId, subject }: KeyContent): readonly NamedRow[] => [
  ...namedBy("assignment", { clientId: defaultClientId, subjectId: subject?.id, subjectType: subject?.type }),
  ...assertRoles.flatMap((asserted) => namedBy("assignment", asserted)),
];

export function createReview(deps: {
  readonly policy: Pick<PolicyAdmin, "current" | "movedSince" | "trial">;
  readonly directory: Pick<DirectoryAdmin, "current">;
  readonly detectors: Pick<ProposedDetectors, "effectOf">;
  readonly suppressions: Pick<ProposedSuppressions, "problemsOf">;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly breathe: Breathe;
  readonly rules: ProposalRules;
  readonly newSecret: () => string;
}): Review {
  const { policy, directory, detectors, suppressions, clock, sha256, breathe, rules, newSecret } = deps;
  const seen = new Memo<string | "">(REMEMBERED);

  const ofDirectory = (change: Extract<ProposedChange, { kind: "DIRECTORY" }>, salt: string): Effect =>
    directoryEffect(directory.current(), change, { salt, sha256 });

  const ofDetector: Review["detectorEffect"] = (found) => ({
    effect: sha256(canonicalJson(found as unknown as Json)),
    changes: sameJson(found.before, found.after) ? 0 : 1,
  });

  async function ofPolicy(change: ProposedChange, applied: Applied): Promise<Look> {
    if (!applied.ok) return { problems: applied.problems };
    const named = change.kind === "POLICY" ? namedByOperations(change.operations) : namedByChanges(applied.changes);
    return { ...(await policyEffect(applied, { sha256, breathe })), findings: applied.findings, named };
  }

  /** `salt`: of a change of the directory, that of what it is compared with. */
  async function tried(change: ProposedChange, salt: string): Promise<Look> {
    switch (change.kind) {
      case "POLICY":
      case "ROLLBACK":
        return ofPolicy(change, await policy.trial(change));
      case "DIRECTORY":
        return { ...ofDirectory(change, salt), findings: [] };
      case "API_KEY":
        // A key changes no row.
        return { effect: sha256(""), changes: 1, findings: [], named: namedByKey(change.key) };
      case "DETECTOR": {
        const found = await detectors.effectOf(change.set);
        return "problems" in found ? found : { ...ofDetector(found), findings: [] };
      }
      case "SUPPRESSION": {
        const problems = await suppressions.problemsOf(change.suppress);
        // Whom it is about is the alert's to tell: a hash of that would tell who guesses.
        const effect = sha256(canonicalJson(change.suppress as unknown as Json));
        return problems.length > 0 ? { problems } : { effect, changes: 1, findings: [] };
      }
    }
  }

  async function differs(kept: KeptProposal, found: Look): Promise<string | null> {
    if ("problems" in found) return impossible(found.problems);
    if (found.effect !== kept.effect) return movedText(kept);
    const { named = [] } = found;
    const because = named.length === 0 ? null : await policy.movedSince(named, kept.baseRevision);
    return because === null ? null : `${because} since revision ${kept.baseRevision}`;
  }

  async function moved(kept: KeptProposal): Promise<string | null> {
    // They have no revision by which an answer could be remembered.
    if (kept.change.kind === "DETECTOR" || kept.change.kind === "SUPPRESSION")
      return differs(kept, await tried(kept.change, ""));
    const on = kept.change.kind === "DIRECTORY" ? directory.current().revision : policy.current().revision;
    const key = `${kept.id} ${kept.digest} ${on} ${Math.floor(clock() / REMEMBERED_MS)}`;
    const known = seen.get(key);
    if (known !== undefined) return known === "" ? null : known;
    const found = await differs(kept, await tried(kept.change, saltOf(kept.effect)));
    seen.set(key, found ?? "");
    return found;
  }

  function tooOld({ report }: KeptProposal): string | null {
    if (report === null || clock() - report.at <= rules.reportMaxAgeMs) return null;
    return `its report, of ${isoTime(report.at)}, is too old`;
  }

  return {
    async effectOf(caller, change) {
      const found = await tried(change, newSecret());
      if ("problems" in found) throw badInput(found.problems);
      // What names no entity tells nothing of any.
      const isNamed = change.kind === "DIRECTORY" && change.put.length + change.remove.length > 0;
      const isTold = !isNamed || !seesPseudonyms(caller);
      if (found.changes === 0 && isTold)
        throw badInput([{ path: PATHS[change.kind], message: "would change nothing" }]);
      return found;
    },
    difference: async (kept, applied) => differs(kept, await ofPolicy(kept.change, applied)),
    async look(kept) {
      const state = stateAt(proposalKind, { state: kept.state, endsAt: kept.expiresAt }, clock());
      const isStanding = state === "OPEN" || state === "APPROVED";
      const staleBecause = isStanding ? (tooOld(kept) ?? (await moved(kept))) : null;
      return { ...kept, state: staleBecause === null ? state : "STALE", staleBecause };
    },
    isDirectoryEffect: (change, reviewed) => ofDirectory(change, saltOf(reviewed)).effect === reviewed,
    detectorEffect: ofDetector,
  };
}

const PATHS: { readonly [Kind in ProposedChange["kind"]]: string } = {
  POLICY: "operations",
  ROLLBACK: "rollbackTo",
  DIRECTORY: "directory",
  API_KEY: "apiKey",
  DETECTOR: "configureDetector",
  SUPPRESSION: "suppressAlerts",
};
