import { clipped } from "../../kernel/text.ts";
import type { Atom } from "../../scopes/atom.ts";
import { printPart } from "../../scopes/ceiling.ts";
import { typeCovers } from "../../scopes/cover.ts";
import { EXPORT, EXPORTING } from "../../scopes/exports.ts";
import type { SmartScope } from "../../scopes/smart.ts";
import { type Coverage, coverageOf } from "../holds/coverage.ts";
import { ceilingOf, heldOf, isGrantedByName, isWhollyGranted } from "../holds/grants.ts";
import type { AccessQuestion } from "../question.ts";
import { type Reason, reason } from "../reason.ts";
import { listed, TEXT_KEPT } from "../reasonBounds.ts";
import type { AccessCheck, AccessPart } from "../scopeCheck.ts";

/** What the client is granted of a scope is looked through for what comes nearest to the access, as far as this. */
const LOOKED_THROUGH = 64;
/** Parts that a notice lists. */
const PARTS_LISTED = 3;

/** That the scope says more than the client is granted, and for what of it it counts. */
export function scopeNarrowed(scope: string, clientId: string, atoms: readonly Atom[]): Reason {
  const to = atoms.slice(0, PARTS_LISTED).map((atom) => clipped(printPart(atom), TEXT_KEPT));
  const parameters = { ...listed("moreTo", atoms, PARTS_LISTED), to };
  return reason("SCOPE_NARROWED", { parameters, personal: { clientId }, scope });
}

function doesNotCover({ request }: AccessQuestion, scope: string, coverage: Coverage): Reason {
  const why = coverage.covers ? ({ because: "NO_ATOMS" } as const) : coverage.why;
  const parameters = { action: request.action, kind: "ACCESS", resourceType: request.resource.type, why } as const;
  return reason("SCOPE_DOES_NOT_COVER", { parameters, scope });
}

/** Why what the client is granted of a scope does not cover the access, although the scope as it is written does. */
function whyPartsMiss(
  { facts, parts: looked, query, request }: AccessQuestion,
  smart: SmartScope,
  parts: readonly Atom[],
): Coverage {
  if (parts.length > 0) return coverageOf(parts.slice(0, LOOKED_THROUGH), query);
  const ceiling = ceilingOf(facts, request.clientId);
  const others: Atom[] = [];
  for (const atom of smart.atoms) {
    if (others.length >= LOOKED_THROUGH || looked.toExplain <= 0) break;
    const found = ceiling.partsOf(atom);
    looked.toExplain -= Math.max(1, found.length);
    others.push(...found.slice(0, LOOKED_THROUGH));
  }
  return coverageOf(others, query);
}

/** The same of an export, which is reading and searching several types at once. */
function coverExport(question: AccessQuestion, check: AccessCheck, smart: SmartScope): boolean {
  const { client, facts, query } = question;
  const { problems, scope } = check;
  const isHeld = client !== undefined && problems.length === 0;
  const coverage = coverageOf(isHeld ? heldOf(facts, client.id, scope, smart) : smart.atoms, query);
  const isWide = isHeld && !isWhollyGranted(facts, client.id, scope, smart);
  if (!coverage.covers) {
    problems.push(doesNotCover(question, scope, coverage));
    if (isWide) problems.push(scopeNarrowed(scope, client.id, []));
    return false;
  }
  const { within } = coverage;
  const types = within.flatMap(({ condition }) => (condition?.type === "resourceType" ? condition.resourceType : []));
  check.within = within;
  check.isNarrowed = isWide;
  check.exported = (types.length === 0 ? ["*"] : types).flatMap((resourceType) =>
    EXPORTING.map((action): Atom => ({ action, constraint: [], context: "SYSTEM", resourceType })),
  );
  return true;
}

/**
 * Stage 3 for a SMART scope: the access is covered by what the client is granted of it. The parts that cover it go
 * through the stages after this one each by itself.
 */
export function coverSmart(question: AccessQuestion, check: AccessCheck, smart: SmartScope): boolean {
  const { client, facts, query } = question;
  const { problems, scope } = check;
  const whole = coverageOf(smart.atoms, query);
  if (whole.covers && query.action === EXPORT) return coverExport(question, check, smart);
  const asked = smart.atoms.find((atom) => atom.action === query.action && typeCovers(atom, query.resourceType));
  if (!whole.covers || asked === undefined) {
    problems.push(doesNotCover(question, scope, whole));
    return false;
  }
  check.atom = asked;
  check.within = whole.within;
  // What is not granted is looked at as it is written: there is more to be said of it.
  if (client === undefined || problems.length > 0 || isGrantedByName(facts, client.id, scope)) return true;
  const ceiling = ceilingOf(facts, client.id);
  const isWide = !ceiling.coversWhole(smart);
  if (ceiling.takesIn(asked, query.resourceType)) {
    check.isNarrowed = isWide;
    return true;
  }
  const parts = question.parts.left > 0 ? ceiling.partsFor(asked, query.resourceType) : [];
  question.parts.left -= Math.max(1, parts.length);
  const covering: AccessPart[] = [];
  for (const atom of parts) {
    const coverage = coverageOf([atom], query);
    if (coverage.covers) covering.push({ atom, within: coverage.within, isNarrowed: isWide });
  }
  const [first, ...others] = covering;
  if (first === undefined) {
    problems.push(doesNotCover(question, scope, whyPartsMiss(question, smart, parts)));
    if (isWide) problems.push(scopeNarrowed(scope, client.id, []));
    return false;
  }
  check.take(first);
  check.others = others;
  check.isShared = others.length > 0;
  return true;
}
