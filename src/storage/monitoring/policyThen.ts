import type { Basis } from "../../domain/monitoring/widened/basis.ts";
import { namesOf, type PolicyThen, type Version } from "../../domain/monitoring/widened/policyThen.ts";
import { WIDENING_MS } from "../../domain/monitoring/widened/wideningOf.ts";
import { holderKey } from "../../domain/policy/types.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import { withParameters } from "../database/dialect.ts";
import {
  addRows,
  type Database,
  type Look,
  lookKey,
  lookOf,
  noRows,
  type PolicyRowsThen,
  type PolicyWindow,
  revisionsOf,
  youngOf,
} from "./policyRowsThen.ts";

/** Names and revisions of which something is kept; beyond, it is read anew. */
const MOST_KEPT = 50_000;

/** What is known of a window. What was committed never changes, so it holds until the policy does. */
interface Known extends PolicyWindow {
  /** Names of which nothing is young. */
  readonly old: Set<string>;
  readonly young: Set<string>;
  /** Names of which all rows are there. */
  readonly loaded: Set<string>;
  readonly rows: PolicyRowsThen;
  readonly revisions: Awaited<ReturnType<typeof revisionsOf>>;
}

const nothingOf = (window: PolicyWindow): Known => ({
  ...{ from: window.from, before: window.before, to: window.to },
  ...{ old: new Set(), young: new Set(), loaded: new Set(), rows: noRows(), revisions: new Map() },
});

/** The policy as it was within the days before some decisions, of what is young of what they rest on. */
export interface PoliciesThen {
  readonly policy: PolicyThen;
  /** Whether anything that a decision rests on is young. */
  isYoung(basis: Basis): boolean;
}

const looksOf = (basis: Basis): readonly Look[] => [...namesOf(basis)].map(lookOf);

function policyOf({ before, revisions, rows }: Known): PolicyThen {
  return {
    from: before,
    rules: (id) => [...(rows.rule.get(id)?.values() ?? [])],
    roles: (name) => [...(rows.role.get(name)?.values() ?? [])],
    scopes: (name) => [...(rows.scope.get(name)?.values() ?? [])],
    assignments: (holder) => [...(rows.assignment.get(holderKey(holder))?.values() ?? [])],
    grants: (clientId) => [...(rows.grant.get(clientId)?.values() ?? [])],
    revision: (revision) => revisions.get(revision) ?? null,
  };
}

/** Reads all that those rest on of which something is young. */
async function load(database: Database, known: Known, bases: readonly Basis[]): Promise<void> {
  const looks = new Map(bases.flatMap(looksOf).map((look) => [lookKey(look), look]));
  const missing = [...looks].filter(([key]) => !known.loaded.has(key));
  if (missing.length === 0) return;
  await addRows(database, { window: known, looks: missing.map(([, look]) => look), to: known.rows });
  const versions = Object.values(known.rows).flatMap((groups: ReadonlyMap<string, ReadonlyMap<string, Version>>) =>
    [...groups.values()].flatMap((group) => [...group.values()]),
  );
  const since = new Set(versions.map((version) => version.since).filter((each) => !known.revisions.has(each)));
  for (const [revision, made] of await revisionsOf(database, since)) known.revisions.set(revision, made);
  for (const [key] of missing) known.loaded.add(key);
}

/**
 * Reads what is young of the policy that decisions rest on; null: nothing is. What it has read it remembers until the policy changes
 * or a day is over, so that mostly there is nothing to ask; else it is a few statements, however many decisions there are.
 */
export function createPoliciesThen(): (database: Database, bases: readonly Basis[]) => Promise<PoliciesThen | null> {
  let last: Known | null = null;
  async function knownOf({ run, dialect }: Database, bases: readonly Basis[]): Promise<Known> {
    const to = Math.max(...bases.map(({ revision }) => revision));
    // By whole days, so that it is seldom another one.
    const from = Math.floor((Math.min(...bases.map(({ at }) => at)) - WIDENING_MS) / DAY_MS) * DAY_MS;
    const isWithin = last !== null && last.from <= from && from - last.from <= DAY_MS;
    if (last === null || !isWithin) {
      const sql = 'SELECT MAX("revision") AS "before" FROM policy_revision WHERE "committed_at" <= ?';
      const [row] = (await run(withParameters(dialect, sql), [from])).rows;
      last = nothingOf({ from, before: Number(row?.before ?? 0), to });
    } else if (last.to < to || last.old.size + last.loaded.size + last.revisions.size > MOST_KEPT)
      last = nothingOf({ ...last, to });
    return last;
  }
  return async (database, bases) => {
    if (bases.length === 0) return null;
    const known = await knownOf(database, bases);
    const looks = new Map(bases.flatMap(looksOf).map((look) => [lookKey(look), look]));
    const unknown = [...looks].filter(([key]) => !known.old.has(key) && !known.young.has(key));
    if (unknown.length > 0) {
      const young = await youngOf(
        database,
        known,
        unknown.map(([, look]) => look),
      );
      for (const [key] of unknown) (young.has(key) ? known.young : known.old).add(key);
    }
    if (known.young.size === 0) return null;
    const isYoung = (basis: Basis): boolean => looksOf(basis).some((look) => known.young.has(lookKey(look)));
    await load(database, known, bases.filter(isYoung));
    return { isYoung, policy: policyOf(known) };
  };
}
