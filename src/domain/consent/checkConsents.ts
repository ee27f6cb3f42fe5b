import { type Combined, combine } from "./combine.ts";
import { type Duties, NO_OBLIGATIONS, obligationsOf } from "./duties.ts";
import { PATIENT_PRIVACY } from "./hl7Codes.ts";
import type { Named } from "./named.ts";
import { type NearMiss, nearestMiss } from "./nearMiss.ts";
import { NO_REFS, refsOf } from "./refs.ts";
import { addStatements, isWithinPeriod, type Statements } from "./statements.ts";
import { areApart, areasOf, replacedAmong } from "./supersession.ts";
import type { Code, Consent, ConsentAnswer, ConsentProblem, ConsentQuestion } from "./types.ts";

/** What is asked for when no purpose was declared. */
const UNDECLARED: readonly null[] = [null];

/** Those that pass; where all do, the same list. */
function passing(consents: readonly Consent[], passes: (consent: Consent) => boolean): readonly Consent[] {
  return consents.every(passes) ? consents : consents.filter(passes);
}

function isAbout(consent: Consent, { area = PATIENT_PRIVACY, at, patient }: ConsentQuestion): boolean {
  if (consent.patient !== patient || (consent.madeAt !== null && consent.madeAt > at)) return false;
  return area === null || (consent.areas === undefined ? area === PATIENT_PRIVACY : areasOf(consent).includes(area));
}

/** A consent, and what was said later in its place. */
interface Standing {
  readonly consent: Consent;
  /** What it permits is over, and what it refuses of this data; null: nothing was said later. */
  readonly ended: readonly Named[] | null;
}

const standsWhole = (consent: Consent): Standing => ({ consent, ended: null });

/** Those about the patient that were made by then and of which others have left something; what is withdrawn or over replaces too. */
function standing(consents: readonly Consent[], question: ConsentQuestion): readonly Standing[] {
  const about = passing(consents, (consent) => isAbout(consent, question));
  // One of another area counts too: an earlier version of it may have been of this one.
  if (consents.length < 2 || about.length === 0 || areApart(consents)) return about.map(standsWhole);
  const replaced = replacedAmong(consents, question.at);
  return about.flatMap((consent) => {
    const ended = replaced(consent);
    return ended === "ALL" ? [] : [{ consent, ended }];
  });
}

const isInForce = (consent: Consent, at: number): boolean => consent.step === "RECORDED" && isWithinPeriod(consent, at);

/** What was found for one purpose. */
interface Found {
  readonly purpose: Code | null;
  readonly combined: Combined;
  readonly isForOthers: boolean;
}

function find(inForce: readonly Standing[], question: ConsentQuestion, purpose: Code | null): Found {
  const said: Statements = { permissions: [], refusals: [], isForOthers: false };
  for (const { consent, ended } of inForce) addStatements(said, consent, { question, purpose, ended });
  const combined = combine(said, question);
  return { purpose, combined, isForOthers: said.isForOthers };
}

const consentsOf = (found: readonly Found[]): readonly Consent[] => found.flatMap(({ combined }) => combined.basedOn);
const dutiesOf = (found: readonly Found[]): readonly Duties[] => found.flatMap(({ combined }) => combined.duties ?? []);

function deny(found: readonly Found[]): ConsentAnswer {
  const isRefused = found.some(({ combined }) => combined.outcome === "REFUSED");
  const problem = isRefused ? "REFUSED" : "DATA_EXCEPTED";
  const unlinked = new Set(found.flatMap(({ combined }) => combined.unlinked ?? []));
  const isForThem = unlinked.size > 0 && found.every(({ combined }) => combined.unlinked !== undefined);
  const basedOn = refsOf(consentsOf(found));
  return { outcome: "DENY", basedOn, problem, ...(isForThem && { unlinked: [...unlinked].sort() }) };
}

/** The nearest first: of several purposes each may have its own. */
const PROBLEMS: readonly ConsentProblem[] = [
  "NOT_YET",
  "WITHDRAWN",
  "EXPIRED",
  "OTHER_RECIPIENT",
  "OTHER_PURPOSE",
  "NONE",
];

function remain(
  question: ConsentQuestion,
  standing: readonly Consent[],
  found: readonly Found[],
  silent: readonly Found[],
): ConsentAnswer {
  const misses: readonly NearMiss[] = silent.map(({ purpose }) => nearestMiss(standing, question, purpose));
  const problem = PROBLEMS.find((each) => misses.some((miss) => miss.problem === each)) ?? "NONE";
  const near = misses.filter((miss) => miss.problem === problem).flatMap(({ consents }) => consents);
  return {
    outcome: "NO_CONSENT",
    basedOn: refsOf([...near, ...consentsOf(found)]),
    problem,
    ...(problem === "NOT_YET" && { from: Math.min(...near.map(({ validFrom }) => validFrom ?? question.at)) }),
    silence: silent.some(({ isForOthers }) => isForOthers) ? "REPLACED" : "COUNTS",
    silentOn: silent.flatMap(({ purpose }) => purpose ?? []),
    obligations: obligationsOf(dutiesOf(found)),
  };
}

const noneOn = (purposes: readonly Code[]): ConsentAnswer => ({
  outcome: "NO_CONSENT",
  basedOn: NO_REFS,
  problem: "NONE",
  silence: "COUNTS",
  silentOn: purposes,
  obligations: NO_OBLIGATIONS,
});

/**
 * What a patient's consents say to a question: the newest of the same patient, area, recipients and purposes counts; of
 * those that are in force and apply, a refusal outweighs; permissions add up, and limited ones refuse other data; all
 * purposes must be permitted. In whatever order they are given. `consents`: the newest version of each, of perhaps several
 * patients, with those that are withdrawn or over.
 */
export function checkConsents(consents: readonly Consent[], question: ConsentQuestion): ConsentAnswer {
  const { at, purposes } = question;
  const about = consents.length === 0 ? [] : standing(consents, question);
  if (about.length === 0) return noneOn(purposes);
  const inForce = about.filter(({ consent }) => isInForce(consent, at));
  const asked: readonly (Code | null)[] = purposes.length === 0 ? UNDECLARED : purposes;
  const found = asked.map((purpose) => find(inForce, question, purpose));
  const refused = found.filter(
    ({ combined }) => combined.outcome === "REFUSED" || combined.outcome === "DATA_EXCEPTED",
  );
  if (refused.length > 0) return deny(refused);
  const silent = found.filter(({ combined }) => combined.outcome === "SILENT");
  if (silent.length > 0) {
    const whole = about.filter(({ ended }) => ended === null).map(({ consent }) => consent);
    return remain(question, whole, found, silent);
  }
  const [first, ...others] = found.map(({ combined }) => combined.releases);
  const releases = (first ?? []).filter((label) => others.every((each) => each.includes(label)));
  const obligations = obligationsOf(dutiesOf(found));
  return { outcome: "PERMIT", basedOn: refsOf(consentsOf(found)), releases, obligations };
}
