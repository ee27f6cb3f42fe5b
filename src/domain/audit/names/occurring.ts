import type { Directory } from "../../directory/directory.ts";
import type { Entity } from "../../directory/entity.ts";
import type { Breathe } from "../../kernel/ports.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import { fhirTypes } from "../../scopes/fhir.ts";
import { nearest } from "../../scopes/nearest.ts";

/** Rows, or entities, that are looked at without a break. */
const AT_ONCE = 1_000;
/** Names that one is compared with without a break, and in all. */
const COMPARED_AT_ONCE = 200;
const MOST_COMPARED = 20_000;

/** What stands in one part of a policy or a directory, which never changes: walked through once, when it is first asked for. */
function walkedOnce<Part extends object, Found>(
  walk: (part: Part, breathe: Breathe) => Promise<Found>,
): (part: Part, breathe: Breathe) => Promise<Found> {
  const found = new WeakMap<Part, Promise<Found>>();
  return (part, breathe) => {
    const known = found.get(part);
    if (known !== undefined) return known;
    const made = walk(part, breathe);
    found.set(part, made);
    made.catch(() => found.delete(part));
    return made;
  };
}

async function inParts<Item>(items: Iterable<Item>, breathe: Breathe, look: (item: Item) => void): Promise<void> {
  let looked = 0;
  for (const item of items) {
    look(item);
    looked++;
    if (looked % AT_ONCE === 0) await breathe();
  }
}

const organizationsOfAssignments = walkedOnce(async (assignments: Snapshot["assignments"], breathe) => {
  const found = new Set<string>();
  await inParts(assignments.values(), breathe, (held) => {
    for (const { organization } of held.values()) found.add(organization);
  });
  found.delete(ALL_ORGANIZATIONS);
  return found;
});

const PATIENTS = ["patient", "patients", "patientRecord", "represents"] as const;

/** Organizations and patients that entities name in their properties. */
const namedInDirectory = walkedOnce(async (entities: Directory["entities"], breathe) => {
  const [organizations, patients] = [new Set<string>(), new Set<string>()];
  const look = ({ properties }: Entity): void => {
    const { organization } = properties ?? {};
    if (typeof organization === "string") organizations.add(organization);
    for (const each of PATIENTS.flatMap((name) => properties?.[name] ?? []))
      if (typeof each === "string") patients.add(each);
  };
  for (const ofType of entities.values()) await inParts(ofType.values(), breathe, look);
  return { organizations, patients };
});

const typesOfScopes = walkedOnce(async (scopes: Snapshot["scopes"], breathe) => {
  const found = new Set<string>();
  await inParts(scopes.values(), breathe, (versions) => {
    for (const { atoms } of versions) for (const { resourceType } of atoms) found.add(resourceType);
  });
  return found;
});
const typesOfRules = walkedOnce(async (rules: Snapshot["rules"], breathe) => {
  const found = new Set<string>();
  await inParts(rules.values(), breathe, ({ resourceType }) => found.add(resourceType));
  return found;
});

/** Where names occur: in some states of the policy, and in the directory. */
export interface NamesIn {
  readonly policies: readonly Snapshot[];
  readonly directory: Directory;
  readonly breathe: Breathe;
}

/** All organizations that the policy's settings, an assignment or a directory property names. */
export async function organizationsIn({ breathe, directory, policies }: NamesIn): Promise<ReadonlySet<string>> {
  const found = new Set((await namedInDirectory(directory.entities, breathe)).organizations);
  for (const { assignments, organizations } of policies) {
    for (const id of organizations.keys()) if (id !== ALL_ORGANIZATIONS) found.add(id);
    for (const id of await organizationsOfAssignments(assignments, breathe)) found.add(id);
  }
  return found;
}

/** All resource types that FHIR defines, a scope or a rule names, or an entity has. */
export async function resourceTypesIn({ breathe, directory, policies }: NamesIn): Promise<ReadonlySet<string>> {
  const found = new Set([...fhirTypes, ...directory.entities.keys()]);
  for (const { rules, scopes } of policies) {
    for (const type of await typesOfScopes(scopes, breathe)) found.add(type);
    for (const type of await typesOfRules(rules, breathe)) found.add(type);
  }
  return found;
}

/** Whether the directory has a patient, or an entity names one. */
export const patientInDirectory = async (
  { breathe, directory: { entities } }: Pick<NamesIn, "directory" | "breathe">,
  id: string,
): Promise<boolean> =>
  entities.get("Patient")?.has(id) === true || (await namedInDirectory(entities, breathe)).patients.has(id);

/** The name that was probably meant, or null. */
export async function meantAmong(name: string, known: Iterable<string>, breathe: Breathe): Promise<string | null> {
  const best: string[] = [];
  let part: string[] = [];
  let compared = 0;
  const closePart = (): void => {
    const found = nearest(name, part);
    if (found !== null) best.push(found);
    part = [];
  };
  for (const each of known) {
    if (compared === MOST_COMPARED) break;
    compared++;
    part.push(each);
    if (part.length < COMPARED_AT_ONCE) continue;
    closePart();
    await breathe();
  }
  closePart();
  return nearest(name, best);
}
