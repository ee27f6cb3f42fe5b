import { type Directory, ORGANIZATION_TYPES } from "../../directory/directory.ts";
import type { Entity } from "../../directory/entity.ts";
import { badInput } from "../../kernel/errors.ts";
import { breathing, eachInParts } from "../../kernel/inParts.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { walkedOnce } from "../../kernel/walkedOnce.ts";
import { organizationsOfPolicy, slipOfOrganization } from "../../policy/organizationNames.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { fhirTypes } from "../../scopes/fhir.ts";
import { nearest } from "../../scopes/nearest.ts";

/** Rows, or entities, that are looked at without a break. */
const AT_ONCE = 1_000;
const inParts = <Item>(items: Iterable<Item>, breathe: Breathe, look: (item: Item) => void): Promise<void> =>
  breathing(eachInParts(items, AT_ONCE, look), breathe);
/** Names that one is compared with without a break, and in all. */
const COMPARED_AT_ONCE = 200;
const MOST_COMPARED = 20_000;

const PATIENTS = ["patient", "patients", "patientRecord", "represents"] as const;

/** Organizations and patients that entities are, or name in their properties. */
const namedInDirectory = walkedOnce(async (entities: Directory["entities"], breathe) => {
  const [organizations, patients] = [new Set<string>(), new Set<string>()];
  const look = ({ properties }: Entity): void => {
    const { organization } = properties ?? {};
    if (typeof organization === "string") organizations.add(organization);
    for (const each of PATIENTS.flatMap((name) => properties?.[name] ?? []))
      if (typeof each === "string") patients.add(each);
  };
  for (const ofType of entities.values()) await inParts(ofType.values(), breathe, look);
  for (const type of ORGANIZATION_TYPES)
    await inParts(entities.get(type)?.keys() ?? [], breathe, (id) => organizations.add(id));
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

/** The organizations that the directory has, or of which entities are. */
export const organizationsOfDirectory = async (
  { entities }: Directory,
  breathe: Breathe,
): Promise<ReadonlySet<string>> => (await namedInDirectory(entities, breathe)).organizations;

/** All organizations that the policy's settings, an assignment or the directory names. */
export async function organizationsIn({ breathe, directory, policies }: NamesIn): Promise<ReadonlySet<string>> {
  const found = new Set(await organizationsOfDirectory(directory, breathe));
  for (const policy of policies) for (const id of await organizationsOfPolicy(policy, breathe)) found.add(id);
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

/**
 * By names that nobody is kept from, or the refusal would tell one that only a patient's entry has. Refuses an organization that occurs nowhere while a known one is one letter away, unless it is said to be new: for what one person
 * asks by hand. @throws ScopewardenError BAD_USER_INPUT at `input.organization`
 */
export type RequireNoSlip = (asked: {
  readonly organization?: string | null | undefined;
  readonly newOrganization?: boolean | null | undefined;
}) => Promise<void>;

export const createRequireNoSlip =
  (names: () => Promise<NamesIn>): RequireNoSlip =>
  async ({ newOrganization, organization }) => {
    if (newOrganization === true || organization === null || organization === undefined) return;
    const meant = slipOfOrganization(organization, await organizationsIn(await names()));
    if (meant === null) return;
    const message = `no organization is called ${organization}, and ${meant} is one letter away: write that, or say newOrganization: true if this is another`;
    throw badInput([{ path: "input.organization", message }]);
  };
