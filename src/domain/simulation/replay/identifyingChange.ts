import type { ConditionTells, RuleEngine } from "../../decisions/ruleEngine.ts";
import { breathing } from "../../kernel/inParts.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { dayStart } from "../../kernel/time.ts";
import { allSmartScopesNamed, rulesOfRole, rulesOfScope } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { type RowChange, type Rule, USER } from "../../policy/types.ts";
import { widenings } from "../../policy/widening.ts";
import type { Atom } from "../../scopes/atom.ts";
import { changedRows } from "../access/changedRows.ts";
import { isFew } from "../fewPatients.ts";
import { peopleHolding } from "../holders.ts";
import { namesOne, scopeNamesOne } from "../namesOne.ts";
import { auditorsAlone } from "./replayInput.ts";

type Policies = readonly [from: Snapshot, to: Snapshot];

/** A subject by its type and id. */
export interface SubjectRef {
  readonly type: string;
  readonly id: string;
}

/** What rows that differ let decide otherwise. */
interface Touched {
  /** As they were, and as they are. */
  readonly rules: Rule[];
  readonly roles: Set<string>;
  readonly scopes: Set<string>;
  readonly atoms: Atom[];
  /** Who holds an assignment that differs. */
  readonly holders: SubjectRef[];
  /** When something begins or ends by the change that did not before, in milliseconds since 1970. */
  readonly bounds: number[];
  /** Whether the policy calls a client something else, which conditions may read. */
  renamesClients: boolean;
}

/** Members of rows that say when they begin and end to count. */
const BOUNDS = ["validFrom", "validUntil", "sunsetAt"] as const;
function* boundsOf({ after, before }: RowChange): Generator<number> {
  type Bounds = { readonly [Name in (typeof BOUNDS)[number]]?: unknown } | null;
  const [was, is] = [before, after] as readonly [Bounds, Bounds];
  for (const name of BOUNDS) {
    const at = is?.[name];
    if (typeof at === "number" && at !== was?.[name]) yield at;
  }
}

function touch(touched: Touched, change: RowChange): void {
  touched.bounds.push(...boundsOf(change));
  switch (change.noun) {
    case "rule":
      for (const rule of [change.before, change.after]) if (rule !== null) touched.rules.push(rule);
      return;
    case "role":
      touched.roles.add(change.key);
      return;
    case "assignment":
      for (const held of [change.before, change.after]) {
        if (held === null) continue;
        touched.roles.add(held.role);
        const { subjectId: id, subjectType: type } = held;
        if (id !== null) touched.holders.push({ type: type ?? USER, id });
      }
      return;
    case "grant":
      for (const grant of [change.before, change.after]) if (grant !== null) touched.scopes.add(grant.scope);
      return;
    case "scope":
      for (const version of [change.before, change.after]) {
        if (version === null) continue;
        touched.scopes.add(version.name);
        touched.atoms.push(...version.atoms);
      }
      return;
    case "client":
      if (change.before?.name !== change.after?.name) touched.renamesClients = true;
      return;
    case "organization":
      // No rule reads a setting, nor is one for a setting alone.
      return;
  }
}

/** The touched roles of a policy, with what they inherit. */
function rolesTouched(policy: Snapshot, { roles }: Touched): ReadonlySet<string> {
  const held = new Set(roles);
  for (const role of held) for (const parent of policy.roles.get(role)?.inherits ?? []) held.add(parent);
  return held;
}

/** Of a policy, null for each that is passed over, the rules that count for somebody, or for some token, because of what is touched. */
function* touchedRules(policy: Snapshot, touched: Touched): Generator<Rule | null> {
  const { renamesClients, scopes } = touched;
  if (renamesClients) for (const rule of policy.rules.values()) yield rule.when?.includes("client") ? rule : null;
  for (const role of rolesTouched(policy, touched)) yield* rulesOfRole(policy, role);
  if (scopes.size === 0) return;
  const names = new Set([...scopes, "*", ...allSmartScopesNamed(policy)]);
  for (const name of names) yield* rulesOfScope(policy, name);
}

interface Judging {
  readonly breathe: Breathe;
  readonly engine: Pick<RuleEngine, "conditionTells">;
  /** Whether somebody is known to work here: an assignment of anybody else names whose decisions come out otherwise. */
  readonly isStaff: (subject: SubjectRef) => boolean;
  /** What begins or ends later tells nothing of what was; milliseconds since 1970. */
  readonly now: number;
}

async function touchedBy([from, to]: Policies, breathe: Breathe): Promise<Touched> {
  const touched: Touched = {
    ...{ rules: [], atoms: [], holders: [], bounds: [], renamesClients: false },
    ...{ roles: new Set<string>(), scopes: new Set<string>() },
  };
  for (const change of changedRows(from, to)) {
    await breathe();
    touch(touched, change);
  }
  return touched;
}

/**
 * Whether nothing differs but scopes, and these permit no more than they did: by it no condition comes to count that did not, so that it tells as much
 * as the preview of a retirement (`retirement.ts`), of which it is a part.
 */
async function onlyTakesFromScopes([from, to]: Policies, breathe: Breathe): Promise<boolean> {
  const rows: RowChange[] = [];
  for (const change of changedRows(from, to)) {
    if (change.noun !== "scope") return false;
    rows.push(change);
  }
  return (await breathing(widenings(from, rows, { after: to }), breathe)).length === 0;
}

/** Who would hold a role, or hold one no more, by the difference of two policies. */
export const holdersTouched = async (policies: Policies, breathe: Breathe): Promise<readonly SubjectRef[]> =>
  policies[0] === policies[1] ? [] : (await touchedBy(policies, breathe)).holders;

/**
 * What it tells of people to make past decisions again under one policy and another. `WHOSE`: whose they are, as a rule that differs, or that counts
 * because of what differs, has such a condition, a scope has such a constraint, something begins or ends within a day, or somebody holds another
 * role who is not known to work here; or as a condition asks what is so of people, and is for few. `PEOPLE`: one asks that of many. A rule that
 * counts on both sides, whoever holds what, is none of these; nor does a condition ask for people where scopes alone permit less.
 */
export const changeTells = async (policies: Policies, judging: Judging): Promise<ConditionTells> => {
  const judged = await judge(policies, judging);
  return judged === "FEW" ? "WHOSE" : judged;
};

/** The same, but `FEW` where a condition asks what is so of few people. */
async function judge(policies: Policies, { breathe, engine, isStaff, now }: Judging): Promise<ConditionTells | "FEW"> {
  const [from, to] = policies;
  if (from === to) return "NOBODY";
  const touched = await touchedBy(policies, breathe);
  const known = new Map<string, boolean>();
  const once = (text: string, judge: () => boolean): boolean => {
    const found = known.get(text) ?? judge();
    known.set(text, found);
    return found;
  };
  const isOfOne = (scope: string): boolean => scopeNamesOne(policies, scope);
  const tells = new Map<string, ConditionTells>();
  const tellsBy = (when: string): ConditionTells => {
    const found = tells.get(when) ?? engine.conditionTells(when);
    tells.set(when, found);
    return found;
  };
  const moved = new Set(policies.flatMap((policy) => [...rolesTouched(policy, touched)]));
  let holding: readonly ((role: string) => number)[] | null = null;
  /** Whether as many hold a role before and after that nothing is told of one of them, and the change moves nobody into it or out of it. */
  async function isOfMany(role: string): Promise<boolean> {
    if (moved.has(role)) return false;
    holding ??= [await peopleHolding(from, now, breathe), await peopleHolding(to, now, breathe)];
    return holding.every((people) => people(role) > 0 && !isFew(people(role)));
  }

  if (touched.bounds.some((at) => at < now && at !== dayStart(at))) return "WHOSE";
  if (!touched.holders.every(isStaff) || namesOne(touched.atoms) || [...touched.scopes].some(isOfOne)) return "WHOSE";
  const takesScopes = await onlyTakesFromScopes(policies, breathe);
  let ofPeople = false;
  for (const rules of [touched.rules, touchedRules(from, touched), touchedRules(to, touched)])
    for (const rule of rules) {
      await breathe();
      if (rule === null) continue;
      const { role, scope, when } = rule;
      if (once(scope, () => isOfOne(scope))) return "WHOSE";
      const told = when === null ? "NOBODY" : tellsBy(when);
      if (told === "WHOSE") return "WHOSE";
      if (takesScopes) continue;
      if (told === "PEOPLE" && !(await isOfMany(role))) return "FEW";
      ofPeople ||= told === "PEOPLE";
    }
  return ofPeople ? "PEOPLE" : "NOBODY";
}

/** The same. @throws ScopewardenError FORBIDDEN where it tells whose they are, to who may not know */
export async function judgeChange(
  policies: Policies,
  { mayIdentify, ...judging }: Judging & { readonly mayIdentify: boolean },
): Promise<ConditionTells> {
  const judged = await judge(policies, judging);
  if (judged === "NOBODY" || judged === "PEOPLE") return judged;
  if (!mayIdentify)
    throw auditorsAlone(
      judged === "FEW"
        ? "A change in which a condition compares people, or asks what is known of them, for a role that ten people or fewer hold, or whose holders the change alters,"
        : "A change whose condition, scope, role assignment or period asks for a patient, a person, a resource, an address or a time of the day",
    );
  return "WHOSE";
}
