import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { applyOperations, type ChangeFacts } from "../../domain/policy/apply.ts";
import { lintPutScope } from "../../domain/policy/lintInput.ts";
import type { PolicyOperation } from "../../domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../domain/policy/snapshot.ts";
import { ALL_ORGANIZATIONS } from "../../domain/policy/types.ts";
import { type NotExpressed, readModel } from "./casbinModel.ts";
import { type PolicyRow, type RoleRow, readCasbinPolicy } from "./casbinPolicy.ts";

export interface CasbinFile {
  readonly name: string;
  readonly text: string;
}
export interface Imported {
  /** Null: the model itself has no counterpart. */
  readonly snapshot: Snapshot | null;
  readonly problems: readonly NotExpressed[];
  /** Rows that count for nothing in Casbin either. */
  readonly idle: readonly NotExpressed[];
}

/** Joins two names so that no other two come to the same. */
const joined = (first: string, second: string, by: string): string =>
  [first, second].map((part) => part.replaceAll("%", "%25").replaceAll(by, `%${hex(by)}`)).join(by);
const hex = (character: string): string => character.charCodeAt(0).toString(16).toUpperCase();

/** A role is held in one domain: the same name in another is another role. */
const roleName = (name: string, dom: string | null): string => (dom === null ? name : joined(name, dom, "@"));
/** One scope for one action on one type of resource. */
const scopeName = ({ obj, act }: Pick<PolicyRow, "obj" | "act">): string =>
  joined(obj, act, ".").replace(/[^\x21\x23-\x5b\x5d-\x7e]/gu, (character) => encodeURIComponent(character));

const IMPORTED = "Imported from Casbin as it stands there.";

type LintFacts = Pick<ChangeFacts, "checkCondition" | "readCondition" | "fhirVersion">;

/** The scope of a row, or why there can be none. */
function scopeOf(row: PolicyRow, facts: LintFacts): readonly PolicyOperation[] | string {
  const name = scopeName(row);
  const scope = { name, atoms: [{ resourceType: row.obj, actions: [row.act] }] };
  try {
    const findings = lintPutScope(scope, "scope", facts);
    const error = findings.find(({ severity }) => severity === "ERROR");
    if (error !== undefined) return error.message;
    const refused = findings.some(({ severity }) => severity === "REFUSE");
    return [{ putScope: refused ? { ...scope, justification: IMPORTED } : scope }, { activateScope: { name } }];
  } catch (problem) {
    if (!(problem instanceof ScopewardenError)) throw problem;
    return problem.problems.map(({ message }) => message).join("; ");
  }
}

/**
 * Everybody that a domain names is a subject. A name that has a rule, or that others have as a role, is a role, too, which its
 * own subject holds: Casbin tells them not apart.
 */
function rolesIn(
  dom: string | null,
  policies: readonly PolicyRow[],
  roles: readonly RoleRow[],
): readonly PolicyOperation[] {
  const isRole = new Set([...policies.map(({ sub }) => sub), ...roles.map(({ role }) => role)]);
  const has = new Map<string, Set<string>>();
  for (const { member, role } of roles) has.set(member, (has.get(member) ?? new Set()).add(role));
  const organization = dom ?? ALL_ORGANIZATIONS;
  const assign = (subjectId: string, role: string): PolicyOperation => ({
    assignRole: { subjectId, role: roleName(role, dom), organization },
  });
  return [
    ...[...isRole].flatMap((name) => {
      const inherits = [...(has.get(name) ?? [])].map((role) => roleName(role, dom));
      const put = { name: roleName(name, dom), ...(inherits.length === 0 ? {} : { inherits }) };
      return [{ putRole: put }, assign(name, name)];
    }),
    ...[...has].flatMap(([member, held]) => (isRole.has(member) ? [] : [...held].map((role) => assign(member, role)))),
  ];
}

/** How many roles after one another Casbin's role manager follows. */
const CASBIN_DEPTH = 10;

/**
 * Rows of one domain that can't be imported, with why, by their lines: of circles, which are refused here, and of chains so long that Casbin
 * does not follow them to their end, which are followed here.
 */
function deepOrCircular(rows: readonly RoleRow[]): ReadonlyMap<number, string> {
  const refused = new Map<number, string>();
  const rowsOf = new Map<string, RoleRow[]>();
  for (const row of rows) rowsOf.set(row.member, [...(rowsOf.get(row.member) ?? []), row]);
  const depths = new Map<string, number>();
  const open = new Set<string>();
  // A frame is a name with the rows of it that are still to be looked at: graphs may be deep.
  for (const start of rowsOf.keys()) {
    const frames: { readonly name: string; at: number }[] = [{ name: start, at: 0 }];
    open.add(start);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { name } = frame;
      const row = depths.has(name) ? undefined : rowsOf.get(name)?.[frame.at++];
      if (row === undefined) {
        const own = rowsOf.get(name) ?? [];
        const reached = own.filter(({ line }) => !refused.has(line)).map(({ role }) => (depths.get(role) ?? 0) + 1);
        if (!depths.has(name)) depths.set(name, Math.max(0, ...reached));
        open.delete(name);
        frames.pop();
      } else if (open.has(row.role)) {
        refused.set(row.line, `${row.member} and ${row.role} have one another as roles, in a circle`);
      } else if (!depths.has(row.role)) {
        open.add(row.role);
        frames.push({ name: row.role, at: 0 });
      }
    }
  }
  for (const { member, line } of rows)
    if ((depths.get(member) ?? 0) > CASBIN_DEPTH && !refused.has(line))
      refused.set(
        line,
        `${member} begins a chain of more than ${CASBIN_DEPTH} roles, which Casbin does not follow to its end`,
      );
  return refused;
}

/**
 * A policy that decides as Casbin does with this model and policy: a request (sub, dom, obj, act) is that of the client for the
 * subject `sub`, of the action `act` on a resource of the type `obj` in the organization `dom`. What can't be said is told,
 * and left out.
 */
export function importCasbin(
  files: { readonly model: CasbinFile; readonly policy: CasbinFile },
  { clientId, facts }: { readonly clientId: string; readonly facts: LintFacts },
): Imported {
  const { model, problems: modelProblems } = readModel(files.model.name, files.model.text);
  if (model === null) return { snapshot: null, problems: modelProblems, idle: [] };
  const file = files.policy.name;
  const read = readCasbinPolicy(file, files.policy.text, model);
  const problems: NotExpressed[] = [...read.problems];
  const isClient = (name: string): boolean => name === clientId;
  const roles = read.roles.filter(({ member, role, line }) => {
    if (!isClient(member) && !isClient(role)) return true;
    problems.push({ file, line, message: `${clientId} is the client's name; choose another by --client`, opens: true });
    return false;
  });
  const scopes = new Map<string, readonly PolicyOperation[]>();
  const policies = read.policies.filter((row) => {
    const note = (message: string): false => {
      problems.push({ file, line: row.line, message, opens: row.effect === "DENY" });
      return false;
    };
    if (isClient(row.sub)) return note(`${clientId} is the client's name; choose another by --client`);
    const scope = scopeOf(row, facts);
    if (typeof scope === "string") return note(scope);
    scopes.set(scopeName(row), scope);
    return true;
  });
  const domains = [...new Set([...policies, ...roles].map(({ dom }) => dom))];
  const inDomain = <Row extends { readonly dom: string | null }>(rows: readonly Row[], dom: string | null) =>
    rows.filter((row) => row.dom === dom);
  const kept = domains.map((dom) => {
    const own = inDomain(roles, dom);
    const refused = deepOrCircular(own);
    for (const [line, message] of refused) problems.push({ file, line, message, opens: model.denies });
    return { dom, roles: own.filter(({ line }) => !refused.has(line)) };
  });
  const operations: PolicyOperation[] = [
    { putClient: { id: clientId, name: "Imported from Casbin" } },
    ...[...scopes.values()].flat(),
    ...[...scopes.keys()].map((scope) => ({ grantScope: { clientId, scope } })),
    ...kept.flatMap(({ dom, roles: own }) => rolesIn(dom, inDomain(policies, dom), own)),
    ...policies.map((row) => ({
      putRule: {
        id: `casbin-${row.line}`,
        role: roleName(row.sub, row.dom),
        // What is denied is denied whatever the scope.
        scope: row.effect === "DENY" ? "*" : scopeName(row),
        action: row.act,
        resourceType: row.obj,
        effect: row.effect,
      },
    })),
  ];
  const applied = applyOperations(emptySnapshot(), operations, { ...facts, now: 0, newId: () => "" });
  const sorted = [...problems].sort((a, b) => a.line - b.line);
  if (applied.ok) return { snapshot: applied.snapshot, problems: sorted, idle: read.idle };
  const refused = applied.problems.map(({ path, message }) => ({
    file,
    line: 1,
    message: `${path}: ${message}`,
    opens: true,
  }));
  return { snapshot: null, problems: [...sorted, ...refused], idle: read.idle };
}
