import { type DataMatch, isAllData, matchData, ofTypes } from "./dataMatch.ts";
import { ACCESS, CORRECT } from "./hl7Codes.ts";
import { endedBy, leftOf, type Named } from "./named.ts";
import { isBeyondOperations, isForPurpose, isRefusedAsNarrower } from "./purposeMatch.ts";
import { isJustRecipient, isNamedRecipient, isRecipient, unlinkedMeant } from "./recipientMatch.ts";
import { matchScope, type ScopeMatch } from "./scopeMatch.ts";
import { isSubstanceUse } from "./specialProtection.ts";
import type { Code, Consent, ConsentException, ConsentQuestion, DataTerms } from "./types.ts";

/** A refusal that applies. */
export interface Refusal {
  readonly consent: Consent;
  readonly terms: Named;
  readonly data: DataMatch;
  /** Whether data is excepted by it, and not the whole refused. */
  readonly isOfData: boolean;
  /** Of a consent that refuses: what its exceptions permit all the same. */
  readonly lifted: readonly DataMatch[];
  /** Whether it reaches the purpose only as a narrower one: a later permission that names the purpose holds all the same. */
  readonly isNarrower: boolean;
  /** The consents each of which lifts it where it permits all of the data. */
  readonly liftedBy: readonly string[];
  /** The FHIR resources of persons to whom nobody is linked, for which alone it applies. */
  readonly unlinked: readonly string[];
}

/** A permission that applies. */
export interface Permission {
  readonly consent: Consent;
  readonly terms: Named;
  readonly data: DataMatch;
  /** Whether it was said as a whole, and names the purpose itself. */
  readonly isNamed: boolean;
  /** Whether it reaches no substance-use data, for which the purpose is not what it is for. */
  readonly isButSubstanceUse: boolean;
  /** Those that it is limited to; null: it says nothing of labels. */
  readonly labels: readonly Code[] | null;
}

/** What consents say to a question for one purpose. */
export interface Statements {
  readonly permissions: Permission[];
  readonly refusals: Refusal[];
  /** Whether a permission for the purpose is for others alone. */
  isForOthers: boolean;
}

const NONE_PERMITTED: readonly Permission[] = [];
const NO_GRANTS: readonly string[] = [];

/** Whether something is said of the action: a permission of just this one, a refusal also of what the access may be. */
function isAction(
  { actions, effect }: Pick<Addressed, "actions" | "effect">,
  { action, writes }: ConsentQuestion,
): boolean {
  if (actions === null || actions.includes(action ?? ACCESS)) return true;
  return effect === "DENY" && action === null && actions.some((each) => each !== CORRECT || writes === true);
}

/** What is for some recipients: a consent, or an exception with what its consent says. */
type Addressed = Pick<Consent, "actions" | "answers" | "effect" | "links" | "recipients"> &
  Pick<ConsentException, "grantId">;

/**
 * Whether a consent or an exception is for the recipient and the action of a question. What an answer to a consent request made is for
 * whom it was asked, by just these ids: a FHIR reference to one may be the id of another.
 */
export const isMeant = (to: Addressed, question: ConsentQuestion): boolean =>
  (to.answers === undefined && to.grantId === undefined
    ? isRecipient(to, question.recipient)
    : isJustRecipient(to, question.recipient)) && isAction(to, question);

/**
 * Whether what is said counts for who asks. To the patient who asks for the own data a refusal, or a limit of a permission, counts only where it
 * names the patient or the app: nobody has meant to be shut out (45 CFR 164.524).
 */
const countsFor = (to: Addressed, { recipient }: ConsentQuestion): boolean =>
  recipient.who !== "PATIENT" || isNamedRecipient(to, recipient);

export const isWithinPeriod = (
  { validFrom, validUntil }: Pick<Consent, "validFrom" | "validUntil">,
  at: number,
): boolean => (validFrom === null || validFrom <= at) && (validUntil === null || at < validUntil);

/** The data of a refusal; of one by scopes, where those have only some types in common with the scope of the access, of those. */
const refusedData = (data: DataTerms, scope: ScopeMatch): DataTerms =>
  typeof scope === "string" ? data : ofTypes(data, scope);

/** An exception with what its consent says where it says nothing of its own. */
function inherited(consent: Consent, exception: ConsentException): ConsentException & Addressed {
  const { answers, links } = consent;
  const { actions, purposes, recipients, scopes } = exception;
  return {
    ...exception,
    recipients: recipients ?? consent.recipients,
    actions: actions ?? consent.actions,
    scopes: scopes ?? consent.scopes,
    purposes: purposes ?? consent.purposes,
    ...(answers !== undefined && { answers }),
    ...(links !== undefined && { links }),
  };
}

/** Whether an exception holds when it is asked, and for the purpose: its own, or that of its consent. */
function isNowFor(consent: Consent, exception: ConsentException, at: number, purpose: Code | null): boolean {
  const { effect, purposes } = exception;
  return (
    isWithinPeriod(exception, at) && isForPurpose(consent, { effect, purposes: purposes ?? consent.purposes }, purpose)
  );
}

/** Whether the exception spares somebody a narrower purpose that its consent refuses, as it spares them the wider one. It permits nothing there. */
function isSparedAsNarrower(
  consent: Consent,
  exception: ConsentException,
  { at, purpose }: { readonly at: number; readonly purpose: Code | null },
): boolean {
  return (
    exception.effect === "PERMIT" &&
    isWithinPeriod(exception, at) &&
    isRefusedAsNarrower(consent.purposes, purpose) &&
    isRefusedAsNarrower(exception.purposes ?? consent.purposes, purpose)
  );
}

/** Whether a permission says it as a whole, and names the purpose. */
const isNamedIn = ({ answers }: Consent, purposes: Consent["purposes"], purpose: Code | null): boolean =>
  answers === undefined && purpose !== null && purposes?.includes(purpose) === true;

const bearsSubstanceUse = ({ data }: ConsentQuestion): boolean =>
  data.kind === "RESOURCE" && data.labels !== undefined && isSubstanceUse(data.labels);

/** A permission, or an exception that permits, which is for the purpose. */
function permissionOf(
  consent: Consent,
  terms: Named & Pick<Consent, "purposes">,
  { purpose, question }: { readonly question: ConsentQuestion; readonly purpose: Code | null },
): Permission {
  const { data, purposes } = terms;
  const isButSubstanceUse = isBeyondOperations(purposes, purpose);
  return {
    consent,
    terms,
    data: isButSubstanceUse && bearsSubstanceUse(question) ? "NONE" : matchData(data, question.data, "PERMIT"),
    isButSubstanceUse,
    isNamed: isNamedIn(consent, purposes, purpose),
    labels: data.labels,
  };
}

/** A question for one purpose (null: none was declared), of a consent of which later words have ended a part (null: they have not). */
interface Asked {
  readonly question: ConsentQuestion;
  readonly purpose: Code | null;
  readonly ended: readonly Named[] | null;
}

/** What later words have left of the data of a refusal, and what they have lifted of it; null: nothing is left. */
function leftIn(
  refused: Named,
  { ended, question }: Asked,
): { readonly data: DataTerms; readonly lifted: readonly DataMatch[] } | null {
  if (ended === null) return { data: refused.data, lifted: [] };
  const data = leftOf(refused, ended);
  return data === null ? null : { data, lifted: ended.map((later) => endedBy(later, refused, question)) };
}

/** What exceptions that refuse do: each by itself, with its own words or those of its consent. */
function addRefusals(said: Statements, consent: Consent, { ended, purpose, question }: Asked): void {
  // What was agreed to when it was asked for stays so, though more was asked for later, and refused.
  if (consent.answers !== undefined && matchScope(consent.scopes, question, "PERMIT") === "ALL") return;
  for (const exception of consent.exceptions) {
    if (exception.effect !== "DENY" || !isNowFor(consent, exception, question.at, purpose)) continue;
    const terms = inherited(consent, exception);
    if (!isMeant(terms, question) || !countsFor(terms, question)) continue;
    const scope = matchScope(terms.scopes, question, "DENY");
    if (scope === "NONE") continue;
    // Nothing that is of all names what is of some recipients or purposes in particular.
    const isOfSome = exception.recipients !== null || exception.purposes !== null;
    const left = leftIn(terms, { question, purpose, ended: isOfSome ? null : ended });
    if (left === null) continue;
    const data = matchData(refusedData(left.data, scope), question.data, "DENY");
    if (data === "NONE") continue;
    const unlinked = unlinkedMeant(terms, question.recipient);
    const isOfData = !isAllData(terms.data);
    const isNarrower = isRefusedAsNarrower(terms.purposes, purpose);
    said.refusals.push({
      ...{ consent, terms, data, isOfData, isNarrower, unlinked },
      lifted: left.lifted,
      liftedBy: NO_GRANTS,
    });
  }
}

/** What exceptions permit: only whom, to do what and under which scopes their consent is about. */
function permittedByExceptions(
  said: Statements,
  consent: Consent,
  question: ConsentQuestion,
  purpose: Code | null,
): readonly Permission[] {
  const permitted: Permission[] = [];
  // An exception to a refusal says who is spared it. That others are not is what the refusal says.
  const isLifting = consent.effect === "DENY" && isForPurpose(consent, consent, purpose);
  for (const exception of consent.exceptions) {
    if (exception.effect !== "PERMIT" || exception.grantId !== undefined) continue;
    if (!isNowFor(consent, exception, question.at, purpose)) continue;
    const terms = inherited(consent, exception);
    if (matchScope(terms.scopes, question, "PERMIT") === "NONE") continue;
    if (matchScope(consent.scopes, question, "PERMIT") === "NONE") continue;
    if (!isMeant(terms, question) || !isMeant(consent, question)) {
      said.isForOthers ||= !isLifting && question.recipient.who !== "PATIENT";
      continue;
    }
    const permission = permissionOf(consent, terms, { question, purpose });
    if (permission.data === "ALL" || countsFor(terms, question)) permitted.push(permission);
  }
  return permitted;
}

/** The data of a refusal that reaches a narrower purpose which its exceptions spare. */
const sparedAsNarrower = (consent: Consent, question: ConsentQuestion, purpose: Code | null): readonly DataMatch[] =>
  consent.exceptions.flatMap((exception) => {
    if (exception.grantId !== undefined || !isSparedAsNarrower(consent, exception, { at: question.at, purpose }))
      return [];
    const terms = inherited(consent, exception);
    return matchScope(terms.scopes, question, "PERMIT") !== "NONE" && isMeant(terms, question)
      ? [matchData(terms.data, question.data, "PERMIT")]
      : [];
  });

/** The consents for which a refusal has exceptions that are for the question. */
function grantsExcepted(consent: Consent, question: ConsentQuestion, purpose: Code | null): readonly string[] {
  const found = consent.exceptions.flatMap((exception) => {
    const { at } = question;
    const isFor = isNowFor(consent, exception, at, purpose) || isSparedAsNarrower(consent, exception, { at, purpose });
    if (exception.grantId === undefined || !isFor) return NO_GRANTS;
    const terms = inherited(consent, exception);
    return isMeant(terms, question) && matchScope(terms.scopes, question, "PERMIT") === "ALL"
      ? [exception.grantId]
      : NO_GRANTS;
  });
  return found.length === 0 ? NO_GRANTS : found;
}

/** Adds what a consent says to a question, as if it were in force. */
export function addStatements(said: Statements, consent: Consent, asked: Asked): void {
  const { ended, purpose, question } = asked;
  if (ended !== null && consent.effect === "PERMIT") {
    addRefusals(said, consent, asked);
    return;
  }
  const permitted =
    consent.exceptions.length === 0 ? NONE_PERMITTED : permittedByExceptions(said, consent, question, purpose);
  said.permissions.push(...permitted);
  if (consent.exceptions.length > 0) addRefusals(said, consent, asked);
  if (!isForPurpose(consent, consent, purpose)) return;
  const scope = matchScope(consent.scopes, question, consent.effect);
  if (scope === "NONE") return;
  if (!isMeant(consent, question)) {
    if (consent.effect === "PERMIT" && consent.answers === undefined)
      said.isForOthers ||= question.recipient.who !== "PATIENT";
    return;
  }
  if (consent.effect === "PERMIT") {
    const permission = permissionOf(consent, consent, { question, purpose });
    if (permission.data === "ALL" || countsFor(consent, question)) said.permissions.push(permission);
    return;
  }
  if (!countsFor(consent, question)) return;
  const left = leftIn(consent, asked);
  if (left === null) return;
  const refused = matchData(refusedData(left.data, scope), question.data, "DENY");
  if (refused === "NONE") return;
  const liftedBy = consent.exceptions.length === 0 ? NO_GRANTS : grantsExcepted(consent, question, purpose);
  const unlinked = unlinkedMeant(consent, question.recipient);
  const isNarrower = isRefusedAsNarrower(consent.purposes, purpose);
  const spared = isNarrower ? sparedAsNarrower(consent, question, purpose) : [];
  const lifted = [...permitted.map(({ data }) => data), ...spared, ...left.lifted];
  said.refusals.push({
    ...{ consent, terms: consent, data: refused, isOfData: false, isNarrower, lifted, liftedBy, unlinked },
  });
}
