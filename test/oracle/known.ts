/** What the directory knows, put into a request as DESIGN says it: slow, obvious, and of nothing of the code under test. */

import { isDeepStrictEqual } from "node:util";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import { labels as labelsOf } from "../support/oneForm.ts";

type Facts = Record<string, unknown>;

/** Whose a resource is. */
function patientsIn(type: string, id: string | null, { patient, patients }: Facts): string[] {
  if (type === "Patient" && id !== null) return [id];
  if (Array.isArray(patients) && patients.length > 0) return patients as string[];
  return typeof patient === "string" ? [patient] : [];
}

export function withKnown(
  directory: readonly NewEntity[],
  asked: AccessRequest,
): { readonly request: AccessRequest; readonly disagree: boolean; readonly replaced: boolean } {
  const find = (type: string, id: string | null): Facts =>
    (directory.find((entity) => entity.type === type && entity.id === id)?.properties ?? {}) as Facts;
  let [disagree, replaced] = [false, false];
  const decided = (said: string | null, known: unknown): string | null => {
    if (known === undefined || known === null) return said;
    if (said !== null && said !== known) disagree = true;
    return known as string;
  };
  const attributes = (said: Facts | null, known: Facts): Facts | null => {
    const all: Facts = { ...said };
    for (const [name, value] of Object.entries(known)) {
      if (said !== null && said[name] !== undefined && !isDeepStrictEqual(said[name], value)) replaced = true;
      all[name] = value;
    }
    return said === null && Object.keys(known).length === 0 ? null : all;
  };
  const request = structuredClone(asked) as { -readonly [M in keyof AccessRequest]: AccessRequest[M] };
  if (asked.subject !== null) {
    const { organization, ...others } = find(asked.subject.type, asked.subject.id);
    request.subject = {
      ...asked.subject,
      organization: decided(asked.subject.organization, organization),
      attributes: attributes(asked.subject.attributes, others) as AccessRequest["resource"]["attributes"],
    };
  }
  const { type, id } = asked.resource;
  const { organization, patient, patients, labels, ...others } = find(type, id);
  const [said, known] = [
    patientsIn(type, id, asked.resource as unknown as Facts),
    patientsIn(type, id, { patient, patients }),
  ];
  const other = known.length > 0 && !isDeepStrictEqual(new Set(said), new Set(known));
  if (other && said.length > 0) disagree = true;
  const both = [...new Set([...(asked.resource.labels ?? []), ...((labels as string[]) ?? [])])];
  request.resource = {
    ...asked.resource,
    ...(other && { patient: (patient as string) ?? null, patients: (patients as string[]) ?? null }),
    organization: decided(asked.resource.organization, organization),
    labels: asked.resource.labels === null && labels === undefined ? null : labelsOf(both),
    attributes: attributes(asked.resource.attributes, others) as AccessRequest["resource"]["attributes"],
  };
  return { request, disagree, replaced };
}
