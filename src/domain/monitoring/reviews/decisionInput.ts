import type { Person } from "../../callers/types.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import { DAY_MS } from "../../policy/use.ts";
import { covers } from "../../scopes/algebra.ts";
import type { FhirVersion } from "../../scopes/fhir.ts";
import { parseSmartScope, smartScopeIn } from "../../scopes/smart.ts";
import type { ReduceTo, ReviewDecision, ReviewItem, ReviewVerdict } from "./campaign.ts";
import { MAX_DAYS } from "./campaignInput.ts";

type Maybe<T> = T | null | undefined;

export interface ReduceToInput {
  readonly scopes?: Maybe<readonly string[]>;
  readonly organizations?: Maybe<readonly string[]>;
  readonly validUntil?: Maybe<number>;
}

/** A decision as it arrives. Times are milliseconds since 1970. */
export interface DecideReviewItemInput {
  readonly id: string;
  readonly verdict: ReviewVerdict;
  readonly reason: string;
  readonly reduceTo?: Maybe<ReduceToInput>;
  readonly exceptUntil?: Maybe<number>;
}

const MAX_PARTS = 20;

/** Scopes that are within the grant, and less than it. */
function checkScopes(read: Reader, scopes: readonly string[], item: ReviewItem, version: FhirVersion): void {
  const { kind, scope: grant } = item.access;
  const whole = parseSmartScope(grant ?? "");
  if (kind !== "GRANT") read.problem("reduceTo.scopes", "must be left out: a role has organizations and an end");
  else if (whole === null)
    read.problem("reduceTo.scopes", `must be left out: ${grant} is held by its name alone, and can only end earlier`);
  else
    for (const [i, scope] of scopes.entries()) {
      const part = smartScopeIn(version, scope);
      if (part === null || !covers(whole.atoms, part.atoms))
        read.problem(`reduceTo.scopes[${i}]`, `must be a SMART scope within ${grant}`);
      else if (covers(part.atoms, whole.atoms))
        read.problem(`reduceTo.scopes[${i}]`, `must be less than ${grant}, or it is kept`);
    }
}

function checkOrganizations(read: Reader, organizations: readonly string[], { access }: ReviewItem): void {
  if (access.kind !== "ASSIGNMENT" || access.organization !== ALL_ORGANIZATIONS)
    read.problem(
      "reduceTo.organizations",
      "must be left out: only a role in all organizations can be held in some instead",
    );
  for (const [i, organization] of organizations.entries())
    read.expect(`reduceTo.organizations[${i}]`, identifierProblem(organization));
}

function readReduceTo(
  read: Reader,
  given: ReduceToInput | null,
  { item, now, version }: { readonly item: ReviewItem; readonly now: number; readonly version: FhirVersion },
): ReduceTo | null {
  // What the advice proves needs not be typed.
  if (given === null)
    return item.advice?.to ?? read.problem("reduceTo", "is missing: say to what it is reduced, as there is no advice");
  const { organizations = null, scopes = null, validUntil = null } = given;
  if (organizations === null && scopes === null && validUntil === null)
    read.problem("reduceTo", "must have scopes, organizations or validUntil");
  for (const [name, list] of Object.entries({ organizations, scopes }))
    if (list !== null && (list.length === 0 || list.length > MAX_PARTS))
      read.problem(`reduceTo.${name}`, `must have 1 to ${MAX_PARTS} items; what is to go as a whole is REMOVE`);
  if (scopes !== null) checkScopes(read, scopes, item, version);
  if (organizations !== null) checkOrganizations(read, organizations, item);
  const end = item.access.validUntil;
  if (validUntil !== null && (validUntil <= now || (end !== null && validUntil >= end)))
    read.problem("reduceTo.validUntil", "must be in the future, and before the end that it has");
  return {
    scopes: scopes === null ? null : [...new Set(scopes)].sort(),
    organizations: organizations === null ? null : [...new Set(organizations)].sort(),
    validUntil,
  };
}

/** @throws ScopewardenError BAD_USER_INPUT with every problem */
export function readDecision(
  input: DecideReviewItemInput,
  about: { readonly item: ReviewItem; readonly now: number; readonly version: FhirVersion; readonly by: Person },
): ReviewDecision {
  const read = new Reader();
  const { exceptUntil = null, reason, reduceTo = null, verdict } = input;
  const { by, now } = about;
  read.expect("reason", reasonProblem(reason));
  if (verdict === "UNDECIDED") read.problem("verdict", "must be KEEP, REMOVE or REDUCE: undecided it is already");
  if (reduceTo !== null && verdict !== "REDUCE") read.problem("reduceTo", "must be left out, but for REDUCE");
  if (exceptUntil !== null && verdict !== "KEEP")
    read.problem("exceptUntil", "must be left out, but for KEEP: an exception is kept");
  if (exceptUntil !== null && (exceptUntil <= now || exceptUntil > now + MAX_DAYS * DAY_MS))
    read.problem("exceptUntil", `must be in the future, at most ${MAX_DAYS} days from now`);
  const to = verdict === "REDUCE" ? readReduceTo(read, reduceTo, about) : null;
  read.check();
  return { verdict: verdict as ReviewDecision["verdict"], at: now, by, reason, to, exceptUntil };
}
