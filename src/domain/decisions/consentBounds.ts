import { byteLength } from "../kernel/byteLength.ts";
import type { Problem } from "../kernel/errors.ts";
import { MAX_RECORD_BYTES, spareBytes } from "./recordSize.ts";
import type { AccessRequest, GrantRequest } from "./types.ts";

/** What is named by its id: a consent, or an emergency. */
interface Named {
  readonly id: string;
}

/** Names of so many bytes a record has room for whatever is asked, beside its reasons. */
const ALWAYS_FIT = 4_096;
/** Of one name, besides the id. */
const NAME_BYTES = 60;

const nameBytes = (named: readonly Named[]): number =>
  named.reduce((sum, { id }) => sum + NAME_BYTES + byteLength(JSON.stringify(id)), 0);

/** Bytes that the names of consents and emergencies take of what else a record has room for. */
export const bytesOfNames = (named: readonly Named[]): number =>
  // Of a few, each as long as an id may be, nothing more is asked: this runs for every decision.
  named.length <= 4 ? 0 : Math.max(0, nameBytes(named) - ALWAYS_FIT);

/** The member of a question that says whose consents are looked at. */
export function patientsMember(request: AccessRequest | GrantRequest): string {
  if (!("resource" in request)) return "context.patient";
  const { patient, patients, type } = request.resource;
  if (patients !== null && patients !== undefined) return "resource.patients";
  if (type === "Patient") return "resource.id";
  return patient === null && request.context?.patient ? "context.patient" : "resource.patient";
}

/**
 * Why the record of a decision could not name all the consents and emergencies that it rests on; null: it can. All or nothing: a decision
 * whose record left one out could not be made again.
 */
export function namesProblem(
  request: AccessRequest | GrantRequest,
  named: readonly Named[],
  path: string,
): Problem | null {
  const bytes = bytesOfNames(named);
  if (bytes === 0 || bytes <= spareBytes(request)) return null;
  return {
    path: `${path}.${patientsMember(request)}`,
    message: `comes to ${named.length} consents and emergencies, whose names would make the record of the decision larger than ${MAX_RECORD_BYTES} bytes; ask about fewer patients, or with less in the other members`,
  };
}
