import type {
  AccessRequest,
  DecisionRecord,
  GrantRequest,
  OfItself,
  RequestContext,
  Resource,
  Subject,
} from "../../decisions/types.ts";

type Members<T> = Readonly<Record<keyof T, true>>;

const SUBJECT: Members<Subject> = { attributes: true, id: true, organization: true, roles: true, type: true };
const RESOURCE: Members<Resource> = {
  attributes: true,
  id: true,
  labels: true,
  organization: true,
  patient: true,
  patients: true,
  type: true,
};
const CONTEXT: Members<RequestContext> = {
  attributes: true,
  ipAddress: true,
  patient: true,
  region: true,
  tokenId: true,
  userAgent: true,
};
/** `requestId` tells repeated questions apart, `partOf` says how it counts, and `asSent` says how something was written: they decide nothing. */
const ACCESS: Members<Omit<AccessRequest, "asSent" | "itself" | "partOf" | "requestId">> = {
  action: true,
  clientId: true,
  context: true,
  purposeOfUse: true,
  resource: true,
  scopes: true,
  subject: true,
};
const OF_ITSELF: Members<OfItself> = { attributes: true, organization: true };
const GRANT: Members<Omit<GrantRequest, "asSent" | "itself" | "requestId">> = {
  clientId: true,
  context: true,
  heldScopes: true,
  languages: true,
  purposeOfUse: true,
  scopes: true,
  subject: true,
};

/** A record has every member, null where the caller said nothing: one that is not there is there no more. */
function* missing(of: object | null | undefined, members: object, path: string): Generator<string> {
  if (of === null || of === undefined) return;
  for (const name in members) if ((of as Record<string, unknown>)[name] === undefined) yield `${path}.${name}`;
}

/** `requestId` decides nothing; what else was erased is asked by, or compared with. */
const isMissed = (path: string): boolean => path !== "request.requestId";

/** What of a decision is needed to make it again and its record has no more, by its path. It is not filled in. */
export function missingInputs({ erased, facts, kind, request }: DecisionRecord): readonly string[] {
  if (erased !== undefined) return erased.filter(isMissed);
  return [
    ...missing(request, kind === "ACCESS" ? ACCESS : GRANT, "request"),
    ...missing(request.subject, SUBJECT, "request.subject"),
    ...missing(request.itself, OF_ITSELF, "request.itself"),
    ...missing(request.context, CONTEXT, "request.context"),
    ...(kind === "ACCESS" && "resource" in request ? missing(request.resource, RESOURCE, "request.resource") : []),
    ...(facts ?? []).flatMap(({ id }, i) => ((id as string | undefined) === undefined ? [`facts.${i}.id`] : [])),
  ];
}
