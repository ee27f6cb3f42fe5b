import type { DataMatch } from "./dataMatch.ts";
import type { Duties } from "./duties.ts";
import { areUnlabelled, SUBSTANCE_USE } from "./labels.ts";
import { endedBy } from "./named.ts";
import { type Reached, releasedBy } from "./specialProtection.ts";
import type { Permission, Refusal, Statements } from "./statements.ts";
import type { Code, Consent, ConsentQuestion, DataCondition } from "./types.ts";

/** What consents come to for one purpose. SILENT: none permits, and none refuses the whole of what is asked about. */
export interface Combined {
  readonly outcome: "PERMIT" | "REFUSED" | "DATA_EXCEPTED" | "SILENT";
  readonly basedOn: readonly Consent[];
  /** Of a permission: labels of specially protected data that it reaches. */
  readonly releases: readonly Code[];
  /** Null: nothing is left to the caller. */
  readonly duties: Duties | null;
  /** Of a refusal, the FHIR resources of persons to whom nobody is linked, for which alone it applies; absent: it does for others too. */
  readonly unlinked?: readonly string[];
}

const NOBODYS: readonly Consent[] = [];
const NOTHING: readonly Code[] = [];
const SILENT: Combined = { outcome: "SILENT", basedOn: NOBODYS, releases: NOTHING, duties: null };

const isCondition = (data: DataMatch): data is DataCondition => typeof data !== "string";
/** Whether what is reached is limited by labels, if at all. */
const isByLabelsAlone = (data: DataMatch): boolean =>
  !isCondition(data) || Object.keys(data).every((member) => member === "labels");
const dataOf = ({ data }: Permission): DataMatch => data;

/** What a refusal does where its exceptions leave something of it: withholds all, or all but what they permit, or a part. */
type Effect =
  | { readonly kind: "NOTHING" | "ALL" }
  | { readonly kind: "ALL_BUT"; readonly anyOf: readonly DataCondition[] }
  | { readonly kind: "PART"; readonly part: DataCondition };

const NO_EFFECT: Effect = { kind: "NOTHING" };

const isLifted = ({ liftedBy }: Refusal, permissions: readonly Permission[]): boolean =>
  liftedBy.length > 0 && permissions.some(({ consent, data }) => data === "ALL" && liftedBy.includes(consent.id));

/** What a permission ends that was made after the refusal of a wider purpose, and names this one: of the data what it names. */
const liftedLater = (
  { consent: { madeAt }, isNarrower, terms }: Refusal,
  permissions: readonly Permission[],
  question: ConsentQuestion,
): readonly DataMatch[] =>
  isNarrower && madeAt !== null
    ? permissions
        .filter(({ consent, isNamed }) => isNamed && (consent.madeAt ?? madeAt) > madeAt)
        .map((later) => endedBy(later.terms, terms, question))
    : [];

function effectOf(refusal: Refusal, permissions: readonly Permission[], question: ConsentQuestion): Effect {
  const { data } = refusal;
  const lifted = [...refusal.lifted, ...liftedLater(refusal, permissions, question)];
  if (lifted.includes("ALL") || data === "NONE") return { kind: "NOTHING" };
  // What is refused but for a part of itself can't be said to the caller: then all of that is withheld.
  if (data !== "ALL") return { kind: "PART", part: data };
  const anyOf = lifted.filter(isCondition);
  return anyOf.length === 0 ? { kind: "ALL" } : { kind: "ALL_BUT", anyOf };
}

/** What permissions reach together: null: all; empty: nothing. */
function reach(permissions: readonly Permission[]): readonly DataCondition[] | null {
  const data = permissions.map(dataOf);
  return data.includes("ALL") ? null : data.filter(isCondition);
}

const reachedBy = ({ data, isButSubstanceUse, labels }: Permission): Reached => ({
  labels,
  isWhole: isByLabelsAlone(data),
  isButSubstanceUse,
});

/** Labels of substance use that are kept back of what has no labels yet, as a permission that does not reach such data would let them through. */
function substanceUseKept(permissions: readonly Permission[]): readonly Code[] {
  const reaching = permissions.filter(({ data }) => data !== "NONE");
  if (!reaching.some(({ isButSubstanceUse }) => isButSubstanceUse)) return NOTHING;
  const released = releasedBy(reaching.filter(({ isButSubstanceUse }) => !isButSubstanceUse).map(reachedBy));
  return SUBSTANCE_USE.filter((label) => !released.includes(label));
}

/**
 * What applies, together: a refusal outweighs, whatever its age; permissions add to one another, and where all are limited
 * to some data, other data is refused. Of one resource a part which is withheld depends on labels that are not there.
 */
export function combine({ permissions, refusals }: Statements, question: ConsentQuestion): Combined {
  const { data: asked } = question;
  const { kind } = asked;
  const isUnlabelled = asked.kind === "SET" || areUnlabelled(asked.labels);
  if (permissions.length === 0 && refusals.length === 0) return SILENT;
  const withheld: DataCondition[] = [];
  const clauses: (readonly DataCondition[])[] = [];
  const withholding: Consent[] = [];
  const refusing: Refusal[] = [];
  for (const refusal of refusals) {
    const effect = isLifted(refusal, permissions) ? NO_EFFECT : effectOf(refusal, permissions, question);
    if (effect.kind === "ALL") refusing.push(refusal);
    if (effect.kind === "PART") withheld.push(effect.part);
    if (effect.kind === "ALL_BUT") clauses.push(effect.anyOf);
    if (effect.kind !== "NOTHING") withholding.push(refusal.consent);
  }
  if (refusing.length > 0) {
    const outcome = refusing.every(({ isOfData }) => isOfData) ? "DATA_EXCEPTED" : "REFUSED";
    const unlinked = refusing.flatMap((refusal) => refusal.unlinked);
    const isForThem = refusing.every((refusal) => refusal.unlinked.length > 0);
    const basedOn = refusing.map(({ consent }) => consent);
    return { outcome, basedOn, releases: NOTHING, duties: null, ...(isForThem && { unlinked }) };
  }
  const reached = reach(permissions);
  if (permissions.length > 0 && reached?.length === 0)
    return {
      outcome: "DATA_EXCEPTED",
      basedOn: permissions.map(({ consent }) => consent),
      releases: NOTHING,
      duties: null,
    };
  if (permissions.length > 0 && reached !== null) clauses.push(reached);
  const butSubstanceUse = isUnlabelled ? substanceUseKept(permissions) : NOTHING;
  if (butSubstanceUse.length > 0) withheld.push({ labels: butSubstanceUse });
  const hasDuties = clauses.length > 0 || withheld.length > 0;
  const reaching = permissions.filter(({ data }) => data !== "NONE");
  const permitting = reaching.map(({ consent }) => consent);
  return {
    outcome: permissions.length === 0 ? "SILENT" : "PERMIT",
    basedOn: withholding.length === 0 ? permitting : [...permitting, ...withholding],
    releases: releasedBy(reaching.map(reachedBy)),
    duties: hasDuties ? { clauses, withheld, needsLabels: kind === "RESOURCE" && withheld.length > 0 } : null,
  };
}
