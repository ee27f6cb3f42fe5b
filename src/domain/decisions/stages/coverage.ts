import { contextMismatch } from "../granting/cells.ts";
import { type Coverage, coverageOf } from "../holds/coverage.ts";
import { deprecationNotice, usableVersions } from "../holds/lifecycle.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import { reason } from "../reason.ts";
import type { AccessCheck, GrantCheck } from "../scopeCheck.ts";

/**
 * Stage 3 for one scope: one of its atoms covers the access. A name stands for its usable versions, of which the newest
 * that covers counts; with none, the newest still tells whether it would cover.
 */
export function checkCoverage({ client, facts, query, request }: AccessQuestion, check: AccessCheck): boolean {
  const { problems, scope, smart, versions } = check;
  const usable = usableVersions(versions ?? [], facts.now);
  let first: Coverage | null = versions === undefined && smart !== null ? coverageOf(smart.atoms, query) : null;
  let covering = first?.covers ? first : null;
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
    const parameters = { action: request.action, kind: "ACCESS", resourceType: request.resource.type, why } as const;
    problems.push(reason("SCOPE_DOES_NOT_COVER", { parameters, scope }));
  } else check.within = covering.within;
  return problems.length === 0 && client !== undefined;
}

/** The same of a scope for a token: some resource can be reached with it, for the person and patient behind the token. */
export function checkContext({ facts, request }: GrantQuestion, check: GrantCheck): boolean {
  const { problems, scope, smart, versions } = check;
  if (problems.length > 0) return false;
  check.usable = usableVersions(versions ?? [], facts.now);
  const [newest] = check.usable;
  check.notice = newest === undefined ? null : deprecationNotice(newest);
  const bySyntax = smart === null ? [] : [{ atoms: smart.atoms, name: scope, requiresConsent: false }];
  check.meanings = newest === undefined ? bySyntax : check.usable;
  const why = contextMismatch(check.meanings, request);
  if (why !== null) problems.push(reason("SCOPE_DOES_NOT_COVER", { parameters: { kind: "GRANT", why }, scope }));
  return why === null;
}
