import { seesPseudonyms } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import { type Directory, entityOf } from "../../directory/directory.ts";
import type { OpenDirectory } from "../../directory/openDirectory.ts";
import { PATIENT_TYPE, patientId } from "../../kernel/patientId.ts";
import { unknownOrganization } from "../../policy/organizationNames.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import { ALL_ORGANIZATIONS, holderKey, USER } from "../../policy/types.ts";
import { isProtocolScope } from "../../scopes/protocol.ts";
import { isKnownPurpose, meantPurpose, purposeOf } from "../../scopes/purposes.ts";
import { explainSmartScope, looksLikeSmart } from "../../scopes/smart.ts";
import { meantAmong, type NamesIn, organizationsIn, resourceTypesIn } from "./occurring.ts";
import { inNoDecision, type PatientPlaces, patientOccurs } from "./patientOccurs.ts";

type Given = readonly (string | null | undefined)[];
interface TypedId {
  readonly id?: string | null | undefined;
  /** Of a subject absent: a user. */
  readonly type?: string | null | undefined;
}

/** The names that a question has, as they were given; what is absent names nothing. */
export interface NamesAsked {
  readonly clients?: Given;
  readonly scopes?: Given;
  readonly roles?: Given;
  readonly rules?: Given;
  readonly organizations?: Given;
  readonly resourceTypes?: Given;
  readonly purposes?: Given;
  readonly patients?: Given;
  readonly subjects?: readonly (TypedId | null | undefined)[];
  readonly resources?: readonly (TypedId | null | undefined)[];
  /** It asks what would be decided of patients; absent: it does not. */
  readonly ofPatients?: boolean;
  /** By which policy it was answered: a revision, or some states of it, in one of which a name must occur. Absent: the current one. */
  readonly policy?: number | readonly Snapshot[] | undefined;
}

/**
 * A sentence for each name that occurs nowhere, so that an empty answer is not taken for what it is not. Of patients, subjects and
 * resources to auditors and callers of the role `consent` alone, and without a suggestion. Rejects with POLICY_UNAVAILABLE and
 * JOURNAL_UNAVAILABLE.
 */
export type NameNotes = (caller: Caller, asked: NamesAsked) => Promise<readonly string[]>;

/** Of an answer to who sees patients under pseudonyms (`askedFacts.ts`). */
const KNOWS_NO_PATIENTS =
  "Of patients this uses only what the question says: nothing from the directory, consents, emergencies or restrictions. A real decision may differ.";

/** Names of a kind that are looked up: a question may have a hundred. */
const MOST_OF_A_KIND = 10;

const each = (given: Given | undefined): readonly string[] =>
  [...new Set((given ?? []).flatMap((name) => (name === null || name === undefined ? [] : [name])))].slice(
    0,
    MOST_OF_A_KIND,
  );
const eachTyped = (given: readonly (TypedId | null | undefined)[] | undefined, standard: string | null) => {
  const found = new Map<string, { readonly id: string; readonly type: string | null }>();
  for (const one of given ?? []) {
    const { id = null, type = null } = one ?? {};
    if (id !== null) found.set(JSON.stringify([type ?? standard, id]), { id, type: type ?? standard });
  }
  return [...found.values()].slice(0, MOST_OF_A_KIND);
};

interface Names {
  has(name: string): boolean;
  keys(): Iterable<string>;
}
function* allOf(policies: readonly Snapshot[], names: (policy: Snapshot) => Names): Generator<string> {
  for (const policy of policies) yield* names(policy).keys();
}

const meaning = (meant: string | null): string => (meant === null ? "" : ` Did you mean ${meant}?`);

/** Whether a caller may learn that a patient is known. */
export const seesPatients = ({ roles }: Pick<Caller, "roles">): boolean => roles.has("auditor") || roles.has("consent");

export function createNameNotes(
  deps: {
    readonly snapshot: () => Snapshot;
    readonly snapshots: Snapshots;
    readonly directory: () => Directory;
    readonly openDirectory: OpenDirectory;
  } & PatientPlaces,
): NameNotes {
  const { breathe } = deps;

  async function ofRows(
    names: readonly string[],
    {
      known,
      noun,
      within,
    }: {
      readonly noun: string;
      readonly within: readonly Snapshot[];
      readonly known: (policy: Snapshot) => Names;
    },
  ): Promise<readonly string[]> {
    const notes: string[] = [];
    for (const name of names) {
      if (within.some((policy) => known(policy).has(name))) continue;
      const meant = await meantAmong(name, allOf(within, known), breathe);
      notes.push(`The policy has no ${noun} ${name}.${meaning(meant)}`);
    }
    return notes;
  }

  function ofSmart(name: string): string {
    const read = explainSmartScope(name);
    return read.ok ? "" : `${name} is no SMART scope: ${read.message}.`;
  }

  async function policyNotes(asked: NamesAsked, places: NamesIn): Promise<readonly string[]> {
    const within = places.policies;
    const scopes = each(asked.scopes).filter((name) => !isProtocolScope(name));
    const notes = [
      ...(await ofRows(each(asked.clients), { noun: "client", within, known: ({ clients }) => clients })),
      ...(await ofRows(
        scopes.filter((name) => !looksLikeSmart(name)),
        { noun: "scope", within, known: ({ scopes }) => scopes },
      )),
      ...scopes.filter(looksLikeSmart).map(ofSmart),
      ...(await ofRows(each(asked.roles), { noun: "role", within, known: ({ roles }) => roles })),
      ...(await ofRows(each(asked.rules), { noun: "rule", within, known: ({ rules }) => rules })),
    ].filter((note) => note !== "");
    const organizations = each(asked.organizations).filter((name) => name !== ALL_ORGANIZATIONS);
    if (organizations.some((name) => !within.some((policy) => policy.organizations.has(name)))) {
      const known = await organizationsIn(places);
      for (const name of organizations)
        if (!known.has(name)) notes.push(unknownOrganization(name, await meantAmong(name, known, breathe)));
    }
    const types = each(asked.resourceTypes).filter((name) => name !== "*");
    if (types.length > 0) {
      const known = await resourceTypesIn(places);
      for (const name of types)
        if (!known.has(name))
          notes.push(`No resource type is called ${name}.${meaning(await meantAmong(name, known, breathe))}`);
    }
    // One with its code system is somebody else's.
    for (const name of each(asked.purposes).map(purposeOf))
      if (!isKnownPurpose(name)) notes.push(`${name} is no purpose of use of HL7.${meaning(meantPurpose(name))}`);
    return notes;
  }

  async function peopleNotes(asked: NamesAsked, { directory, policies }: NamesIn): Promise<readonly string[]> {
    const notes: string[] = [];
    const resources = eachTyped(asked.resources, null);
    const patients = new Set(each(asked.patients).map(patientId));
    for (const { id, type } of resources) if (type === PATIENT_TYPE) patients.add(patientId(id));
    for (const patient of patients)
      if (!(await patientOccurs(deps, directory, patient)))
        notes.push(`No decision on record, directory entry or consent names the patient ${patient}.`);
    for (const { id, type } of eachTyped(asked.subjects, USER))
      if (
        type !== null &&
        entityOf(directory, type, id) === undefined &&
        !policies.some(({ assignments }) =>
          assignments.has(holderKey({ subjectId: id, subjectType: type, clientId: null })),
        ) &&
        (await inNoDecision(deps.decisions, { subjectId: id, subjectType: type }))
      )
        notes.push(`No decision on record, directory entry or role assignment names the ${type} ${id}.`);
    for (const { id, type } of resources)
      if (
        type !== PATIENT_TYPE &&
        (type === null || entityOf(directory, type, id) === undefined) &&
        (await inNoDecision(deps.decisions, { resourceId: id, ...(type !== null && { resourceType: type }) }))
      )
        notes.push(
          `No decision on record or directory entry names the resource ${type === null ? "" : `${type}/`}${id}.`,
        );
    return notes;
  }

  return async (caller, asked) => {
    const { policy } = asked;
    const current = deps.snapshot();
    const policies =
      policy === undefined || policy === current.revision
        ? [current]
        : typeof policy === "number"
          ? [await deps.snapshots.at(policy, "asOfRevision")]
          : policy;
    const isApart = seesPseudonyms(caller);
    const directory = isApart && !seesPatients(caller) ? await deps.openDirectory() : deps.directory();
    const places = { policies, directory, breathe };
    // What can be mended comes first.
    return [
      ...(await policyNotes(asked, places)),
      ...(seesPatients(caller) ? await peopleNotes(asked, places) : []),
      ...(isApart && asked.ofPatients === true ? [KNOWS_NO_PATIENTS] : []),
    ];
  };
}
