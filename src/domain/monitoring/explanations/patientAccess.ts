import type { Directory } from "../../directory/directory.ts";
import { entityOf } from "../../directory/directory.ts";
import type { Entity, Properties } from "../../directory/entity.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";

/** What the directory has of somebody or something, and since when; milliseconds since 1970. */
export interface KnownEntity extends Entity {
  readonly since: number;
}

/** One access by a person to one patient's data, as explanations look at it. */
export interface PatientAccess {
  /** When it was decided; milliseconds since 1970. */
  readonly at: number;
  readonly person: { readonly type: string; readonly id: string };
  readonly patient: string;
  /** The role that the person holds, by which it was allowed; null: not known, or any does. */
  readonly role: string | null;
  /** That of the resource; null: not known. */
  readonly organization: string | null;
  /** Whether it was made as a patient is served, not as staff: `isAsPatient`. */
  readonly asPatient: boolean;
  readonly known: KnownParties;
}

/** What the directory has of those whom an access is about; null: nothing. */
export interface KnownParties {
  readonly person: KnownEntity | null;
  readonly resource: KnownEntity | null;
  readonly patient: KnownEntity | null;
}

/** What explains an access: what says so, and since when. */
export interface Ground {
  readonly reference: string | null;
  readonly since: number;
}

export const nameOf = ({ type, id }: Pick<Entity, "type" | "id">): string => `${type}/${id}`;

/** The texts of a property; one alone is a list of one. */
export function textsOf(
  entity: { readonly properties: Properties | null } | null,
  property: string,
): readonly string[] {
  const value = entity?.properties?.[property];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as readonly unknown[]).filter((each) => typeof each === "string") : [];
}

/** The units and departments of somebody. */
export const unitsOf = (entity: KnownEntity | null): readonly string[] => [
  ...textsOf(entity, "unit"),
  ...textsOf(entity, "departments"),
];

/** Where somebody works, or lies; null: it is not known. */
export const unitOf = (entity: { readonly properties: Properties | null } | null): string | null =>
  textsOf(entity, "unit")[0] ?? null;

/** What a directory has of the parties of an access; `sinceOf` says when a version became known. */
export function knownParties(
  directory: Directory,
  parties: {
    readonly person: Pick<Entity, "type" | "id">;
    readonly resource: Pick<Entity, "type"> & { readonly id: string | null };
    readonly patient: string;
  },
  sinceOf: (version: number) => number,
): KnownParties {
  const find = (type: string, id: string | null): KnownEntity | null => {
    const entity = id === null ? undefined : entityOf(directory, type, id);
    return entity === undefined ? null : { ...entity, since: sinceOf(entity.version) };
  };
  const { person, resource, patient } = parties;
  return {
    person: find(person.type, person.id),
    resource: find(resource.type, resource.id),
    patient: find(PATIENT_TYPE, patient),
  };
}
