import { byteLength } from "../kernel/byteLength.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import type { Problem } from "../kernel/errors.ts";
import { requestedAction } from "../scopes/atom.ts";
import type { AccessRequest, GrantRequest } from "./types.ts";

/** Bytes of a decision's record, both of its parts together. */
export const MAX_RECORD_BYTES = 64 * 1024;
/** Of these, what is kept for all but the request: reasons, obligations, names of facts. */
const REST_BYTES = 16 * 1024;
const MOST_ASKED = MAX_RECORD_BYTES - REST_BYTES;
/** Of a token's scope: what its outcome comes to besides its name, which stands there four times. */
const SCOPE_OUTCOME_BYTES = 140;
/** Of a condition of a filter: what it comes to besides the constraint. */
const CONDITION_BYTES = 40;
/** Lists and attributes of so few characters are within all bounds, whatever stands in the other members. */
const FEW_CHARACTERS = 4_096;
/** What an access request has besides lists and attributes: more than its frame, less than the longest ids. */
const FRAME_CHARACTERS = 512;

/** About how many bytes the record of a request will have that has lists and attributes of so many characters. */
export const recordBytesOf = (characters: number): number => characters + 2_048;

const bytesOf = (value: unknown): number => (value === null ? "null".length : byteLength(canonicalJson(value as Json)));

/** The filter of a search repeats the constraints of its scopes, those that hold for every patient twice. */
function filterBytes({ action, resource, scopes }: AccessRequest): number {
  if (scopes === null || requestedAction(action, resource) !== "search") return 0;
  const constrained = scopes.filter((scope) => scope.includes("?"));
  return 2 * (bytesOf(constrained) + CONDITION_BYTES * constrained.length);
}

/** The members that can be long, by their paths. */
function longMembers(request: AccessRequest | GrantRequest): readonly (readonly [path: string, bytes: number])[] {
  const { context, scopes, subject } = request;
  const scopeBytes = bytesOf(scopes);
  const members: (readonly [string, number])[] = [
    ["subject.attributes", bytesOf((subject ?? request.itself)?.attributes ?? null)],
    ["context.attributes", bytesOf(context?.attributes ?? null)],
  ];
  if ("resource" in request) {
    members.push(["scopes", scopeBytes + filterBytes(request)]);
    members.push(["resource.attributes", bytesOf(request.resource.attributes)]);
    members.push(["resource.labels", bytesOf(request.resource.labels) + bytesOf(request.asSent?.labels ?? null)]);
    members.push(["resource.patients", bytesOf(request.resource.patients)]);
  } else {
    const outcomes = request.scopes.reduce(
      (sum, scope) => sum + Math.max(4 * scope.length, bytesOf(scope)) + SCOPE_OUTCOME_BYTES,
      0,
    );
    members.push(["scopes", scopeBytes + outcomes], ["heldScopes", bytesOf(request.heldScopes)]);
  }
  return members;
}

const bytesAsked = (members: ReturnType<typeof longMembers>): number =>
  members.reduce((sum, [, bytes]) => sum + bytes, FRAME_CHARACTERS);

/** Bytes that the request leaves free in its record, for what the directory says. */
export const spareBytes = (request: AccessRequest | GrantRequest): number =>
  MOST_ASKED - bytesAsked(longMembers(request));

/**
 * Why the record of this decision could be larger than `MAX_RECORD_BYTES`, told of the member that takes most; null: it
 * can't, whatever is decided. `characters` are those of its lists and attributes: of a few nothing more is asked.
 */
export function recordSizeProblem(
  request: AccessRequest | GrantRequest,
  path: string,
  characters: number,
): Problem | null {
  const few = "resource" in request ? FEW_CHARACTERS : FEW_CHARACTERS / 4;
  if (characters <= few) return null;
  const members = longMembers(request);
  const bytes = bytesAsked(members);
  if (bytes <= MOST_ASKED) return null;
  const [largest] = [...members].sort(([, a], [, b]) => b - a);
  const member = largest === undefined ? path : `${path}.${largest[0]}`;
  return {
    path: member,
    message: `would make the record of the decision larger than ${MAX_RECORD_BYTES} bytes: what is asked comes to ${bytes} of at most ${MOST_ASKED}, most of it here`,
  };
}
