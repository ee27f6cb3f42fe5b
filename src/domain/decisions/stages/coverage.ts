import { contextMismatch } from "../granting/cells.ts";
import { type Coverage, coverageOf } from "../holds/coverage.ts";
import { deprecationNotice, usableVersions } from "../holds/lifecycle.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import { reason } from "../reason.ts";
import { mismatchKept, nameKept } from "../reasonBounds.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";
import { coverSmart } from "./smartCoverage.ts";

/**
 * Stage 3 for one scope: one of its atoms covers the access. A name stands for its usable versions, of which the newest
 * that covers counts; with none, the newest still tells whether it would cover.
 */
export function checkCoverage(question: AccessQuestion, check: AccessCheck): boolean {
  const { client, facts, query, request } = question;
  const { problems, scope, smart, versions } = check;
  if (smart !== null) return coverSmart(question, check, smart);
  const usable = usableVersions(versions ?? [], facts.now);
  let first: Coverage | null = null;
  let covering: Coverage | null = null;
  for (const version of versions !== undefined && usable.length === 0 ? versions.slice(-1) : usable) {
    const coverage = coverageOf(version.atoms, query);
    first ??= coverage;
    if (!coverage.covers) continue;
    covering = coverage;
    check.version = version;
    check.notice = deprecationNotice(version);
    break;
  }
  if (covering === null) {
    const why = first === null || first.covers ? ({ because: "NO_ATOMS" } as const) : first.why;
    const [action, resourceType] = [nameKept(request.action), nameKept(request.resource.type)];
    const parameters = { action, kind: "ACCESS", resourceType, why: mismatchKept(why) } as const;
    problems.push(reason("SCOPE_DOES_NOT_COVER", { parameters, scope }));
  } else check.within = covering.within;
  return problems.length === 0 && client !== undefined;
}

/** The same of a scope for a token: some resource can be reached with it, for the person and patient behind the token. */
export function checkContext({ facts, request }: GrantQuestion, check: GrantCheck): boolean {
  const { problems, scope, smart, versions } = check;
  if (problems.length > 0) return false;
  // The registered SMART scopes that cover what a SMART scope reaches have their say where it is looked for.
  check.usable = smart === null ? usableVersions(versions ?? [], facts.now) : [];
  const [newest] = check.usable;
  check.notice = newest === undefined ? null : deprecationNotice(newest);
  check.meanings = smart === null ? check.usable : [{ atoms: smart.atoms, name: scope, requiresConsent: false }];
  const why = contextMismatch(check.meanings, request);
  if (why !== null) problems.push(reason("SCOPE_DOES_NOT_COVER", { parameters: { kind: "GRANT", why }, scope }));
  return why === null;
}
