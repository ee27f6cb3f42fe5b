import type { DecideFacts } from "../../decisions/facts.ts";
import { fhirVersionOf } from "../../decisions/facts.ts";
import type { Cell } from "../../decisions/granting/cells.ts";
import { rulesFor } from "../../decisions/granting/rulesFor.ts";
import { deniedFor, type Use, usesIn } from "../../decisions/granting/uses.ts";
import { usableVersions } from "../../decisions/holds/lifecycle.ts";
import type { GrantQuestion } from "../../decisions/question.ts";
import type { Meaning } from "../../decisions/scopeCheck.ts";
import { type DeniedScope, smartScopesDenied } from "../../policy/smartRules.ts";
import type { Rule } from "../../policy/types.ts";
import { EXPORT, exportedWithin } from "../../scopes/exports.ts";
import { type AtomRequest, matchAtom } from "../../scopes/match.ts";
import { matchesIfMoreIsSaid, mayMatch } from "../../scopes/mayMatch.ts";
import { looksLikeSmart, type SmartScope, smartScopeIn } from "../../scopes/smart.ts";
import { mayAskConsent, mayAskPurpose } from "../access/consentAsked.ts";

/** An access of which a part is not known, by way of one client. */
export interface OpenAccess {
  readonly facts: DecideFacts;
  readonly clientId: string;
  readonly hasSubject: boolean;
  /** Whom `patient/` scopes may reach; null: nobody. */
  readonly contextPatient: string | null;
  /** The kind of access, with the roles that are held. */
  readonly cell: Cell;
  /** The action as it is asked. */
  readonly asked: string;
  /** What is known of the resource; null: nothing that scopes compare. */
  readonly query: AtomRequest | null;
}

/** A scope by what it means now. */
export interface KnownScope {
  readonly scope: string;
  readonly smart: SmartScope | null;
  readonly meanings: readonly Meaning[];
}

/** One way in which a scope may cover an access, and the rules that apply to it but for their conditions: some allow. */
export interface Possibility {
  readonly scope: string;
  /** Whether it takes the patient's consent, or may fail by the patient's refusal. */
  readonly asksConsent: boolean;
  /** Whether a purpose of use must, or may have to be, declared. */
  readonly asksPurpose: boolean;
  readonly use: Use;
  readonly rules: readonly Rule[];
}

/** Null: it reaches nothing. */
export function knownScope(facts: DecideFacts, scope: string): KnownScope | null {
  const smart = smartScopeIn(fhirVersionOf(facts), scope);
  if (smart !== null) return { scope, smart, meanings: [{ atoms: smart.atoms, name: scope, requiresConsent: false }] };
  const meanings = looksLikeSmart(scope) ? [] : usableVersions(facts.snapshot.scopes.get(scope) ?? [], facts.now);
  return meanings.length === 0 ? null : { scope, smart, meanings };
}

/** Whether it reaches something only with a patient in context. */
export const needsPatient = ({ meanings }: KnownScope): boolean =>
  meanings.some(({ atoms }) => atoms.some(({ context }) => context === "PATIENT"));

/** The access as a question about a token, which is not known in full either. */
export function grantQuestion({
  clientId,
  contextPatient,
  facts,
  hasSubject,
}: Pick<OpenAccess, "clientId" | "contextPatient" | "facts" | "hasSubject">): GrantQuestion {
  const subject = hasSubject ? { id: "-", type: "user", organization: null, roles: null, attributes: null } : null;
  const nothing = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };
  return {
    facts,
    isAccess: true,
    client: facts.snapshot.clients.get(clientId),
    known: null,
    places: [],
    request: {
      clientId,
      subject,
      context: { ...nothing, patient: contextPatient },
      ...{ scopes: [], heldScopes: [], languages: null, purposeOfUse: null, requestId: null },
    },
    scopes: [],
  };
}

/** The use as far as what is known of the resource leaves it; null: it surely does not cover it. */
function leftOf(use: Use, query: AtomRequest | null): Use | null {
  if (query === null) return use;
  const { action, resourceType } = query;
  const constraints = use.constraints.filter((constraint) =>
    matchesIfMoreIsSaid({ action, constraint, context: "ANY", resourceType }, query),
  );
  return constraints.length === 0 ? null : { ...use, constraints };
}

/** Those of deny rules that surely hold: whose the resource is is known, and where it names nobody counts as met. */
function surelyDenied({ cell, facts, query }: OpenAccess): readonly DeniedScope[] {
  if (query === null || cell.action === "search" || cell.action === EXPORT) return [];
  const named = smartScopesDenied(facts.snapshot, cell.action, cell.resourceType);
  return named.filter(
    ({ atom }) => mayMatch({ ...atom, constraint: [] }, query) && matchAtom({ ...atom, context: "ANY" }, query).matches,
  );
}

/** An emergency that is open satisfies what asks for one. */
const hasConsents = ({ gathered }: DecideFacts): boolean =>
  (gathered?.consents.length ?? 0) > 0 || (gathered?.breakGlasses?.length ?? 0) > 0;

/** A scope and one way in which it may cover an access. */
interface Covering {
  readonly known: KnownScope;
  readonly cell: Cell;
  readonly use: Use;
}

function* coverings(open: OpenAccess, scopes: Iterable<KnownScope>): Generator<Covering> {
  const question = grantQuestion(open);
  for (const known of scopes) {
    const isExport = open.cell.action === EXPORT && known.smart !== null;
    const cell = isExport ? { ...open.cell, within: exportedWithin(known.smart.atoms) } : open.cell;
    for (const each of usesIn(cell, known, question, new Map())) {
      const use = leftOf(each, open.query);
      // What consents say depends on the subject and the purpose, which may be others.
      if (use !== null && (use.consent.lacking === null || hasConsents(open.facts))) yield { known, cell, use };
    }
  }
}

/** Whether consent is asked for, or a consent that is there may say otherwise. */
function consentIsOpen({ facts }: OpenAccess, { consent }: Use, { action, place, resourceType }: Cell): boolean {
  if (consent.lacking !== null || hasConsents(facts)) return true;
  return mayAskConsent(facts.snapshot, { organization: place.organization, purpose: null, action, resourceType });
}

/** Whether some scope may cover an access, whatever roles are held. */
export const mayCover = (open: OpenAccess, scopes: Iterable<KnownScope>): boolean =>
  coverings(open, scopes).next().done === false;

/** Every way in which scopes of the client may cover an access, but for those that lack a consent. */
export function* possibilities(open: OpenAccess, scopes: Iterable<KnownScope>): Generator<Possibility> {
  const { asked, facts } = open;
  const question = grantQuestion(open);
  const sure = surelyDenied(open);
  const asksPurpose = mayAskPurpose(facts.snapshot, open.cell.place.organization);
  for (const { cell, known, use } of coverings(open, scopes)) {
    const { scope } = known;
    const denied = [...deniedFor(cell, use, question), ...sure];
    const { rules } = rulesFor(facts.snapshot, known, cell, { use, denied, asked });
    if (rules.some(({ effect }) => effect === "ALLOW"))
      yield { scope, use, rules, asksConsent: consentIsOpen(open, use, cell), asksPurpose };
  }
}
