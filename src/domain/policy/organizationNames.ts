import { breathing, eachInParts } from "../kernel/inParts.ts";
import type { Breathe } from "../kernel/ports.ts";
import { walkedOnce } from "../kernel/walkedOnce.ts";
import { nearest } from "../scopes/nearest.ts";
import type { PolicyFinding } from "./finding.ts";
import type { Snapshot } from "./snapshot.ts";
import { ALL_ORGANIZATIONS, type RowChange } from "./types.ts";

/** Holders that are looked at without a break. */
const AT_ONCE = 1_000;

const organizationsOfAssignments = walkedOnce(async (assignments: Snapshot["assignments"], breathe) => {
  const found = new Set<string>();
  const looking = eachInParts(assignments.values(), AT_ONCE, (held) => {
    for (const { organization } of held.values()) found.add(organization);
  });
  await breathing(looking, breathe);
  found.delete(ALL_ORGANIZATIONS);
  return found;
});

/** The organizations that have settings, or in which somebody holds a role. */
export async function organizationsOfPolicy(
  { assignments, organizations }: Snapshot,
  breathe: Breathe,
): Promise<ReadonlySet<string>> {
  const found = new Set(await organizationsOfAssignments(assignments, breathe));
  for (const id of organizations.keys()) if (id !== ALL_ORGANIZATIONS) found.add(id);
  return found;
}

/** Why nobody knows an organization, in a sentence. */
export const unknownOrganization = (name: string, meant: string | null): string =>
  `No organization is called ${name}: neither the policy nor the directory names it.${meant === null ? "" : ` Did you mean ${meant}?`}`;

/** Findings of one change that look for what was meant: it is compared with every organization. */
const SUGGESTED = 3;

/** Of the roles that a change assigns, the first in each organization that was nowhere before. Where none is known, any may be new. */
export function unknownOrganizations(
  changes: readonly RowChange[],
  { organizations }: Snapshot,
  known: ReadonlySet<string>,
): readonly PolicyFinding[] {
  if (known.size === 0) return [];
  const findings = new Map<string, PolicyFinding>();
  for (const change of changes) {
    if (change.noun !== "assignment" || change.before !== null || change.after === null) continue;
    const { organization } = change.after;
    if (organization === ALL_ORGANIZATIONS || known.has(organization) || organizations.has(organization)) continue;
    if (findings.has(organization)) continue;
    const meant = findings.size < SUGGESTED ? nearest(organization, known) : null;
    const message = unknownOrganization(organization, meant);
    findings.set(organization, { code: "ORGANIZATION_UNKNOWN", noun: "assignment", key: change.key, message });
  }
  return [...findings.values()];
}

/** Shorter names are one letter away from each other for good reasons: icu and ccu. */
const LEAST_LENGTH = 4;

/** Whether a name is a known one, written with a slip: a letter changed, left out, doubled, or swapped with the next. Digits tell names apart. */
function isSlipOf(name: string, known: string): boolean {
  const [given, meant] = [name.toLowerCase(), known.toLowerCase()];
  const isDigit = (text: string, at: number): boolean => /\d/.test(text.charAt(at));
  const without = (text: string, at: number): string => text.slice(0, at) + text.slice(at + 1);
  if (given === meant) return name !== known;
  let at = 0;
  while (given[at] === meant[at]) at++;
  switch (given.length - meant.length) {
    case -1:
      return !isDigit(meant, at) && without(meant, at) === given;
    case 1:
      return !isDigit(given, at) && given[at] === given[at - 1] && without(given, at) === meant;
    case 0:
      if (isDigit(given, at) || isDigit(meant, at)) return false;
      if (given.slice(at + 1) === meant.slice(at + 1)) return true;
      return (
        !isDigit(given, at + 1) &&
        given[at] === meant[at + 1] &&
        given[at + 1] === meant[at] &&
        given.slice(at + 2) === meant.slice(at + 2)
      );
    default:
      return false;
  }
}

/** The known organization that an unknown one was probably to be, as it is one letter away; null: none is. */
export function slipOfOrganization(name: string, known: ReadonlySet<string>): string | null {
  if (name === ALL_ORGANIZATIONS || known.has(name) || name.length < LEAST_LENGTH) return null;
  for (const each of known) if (Math.abs(each.length - name.length) <= 1 && isSlipOf(name, each)) return each;
  return null;
}
