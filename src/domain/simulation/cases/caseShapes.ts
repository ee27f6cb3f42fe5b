import type { NamedSubject } from "../../consent/accessRequests/accessRequestInput.ts";
import type { BreakGlassInput } from "../../consent/breakGlass/breakGlassInput.ts";
import type { RecordConsentInput } from "../../consent/consentInput.ts";
import type { AuthorizeInput } from "../../decisions/accessInput.ts";
import type { DecideGrantInput } from "../../decisions/granting/grantInput.ts";
import type { ReasonCode } from "../../decisions/reason.ts";
import { REASON_CODES } from "../../decisions/reasonText.ts";
import type { Outcome } from "../../decisions/types.ts";
import type { Json } from "../../kernel/canonical.ts";
import {
  json,
  type Kind,
  list,
  may,
  must,
  object,
  oneOf,
  orNull,
  type Shape,
  text,
  time,
  whole,
} from "../../policy/files/fileKinds.ts";
import { CONSENT } from "./consentShape.ts";

export interface ExpectedObligation {
  readonly type: string;
  /** Compared where they are given. */
  readonly parameters?: NonNullable<Json>;
}

/** What must come of a request. seeds/README.md says what each member means. */
export interface ExpectedDecision {
  readonly outcome: Outcome;
  readonly reasons?: readonly ReasonCode[];
  readonly reasons_include?: readonly ReasonCode[];
  readonly scope?: string;
  readonly rule?: string;
  /** Absent: none. */
  readonly obligations?: readonly ExpectedObligation[];
  readonly message?: string;
}
export interface ExpectedGrant {
  /** The scopes of the token; null: none. */
  readonly scope: string | null;
  readonly outcomes?: readonly string[];
  readonly reasons?: readonly ReasonCode[];
  readonly reasons_include?: readonly ReasonCode[];
  readonly message?: string;
  readonly newScopes?: readonly string[];
  readonly successor?: string;
  readonly sunsetAt?: number;
}

/** One request and what must come of it. */
export interface CaseSaid<Request, Expected> {
  readonly name: string;
  /** The clock, in milliseconds since 1970; absent: that of the file. */
  readonly now?: number;
  readonly request: Request;
  readonly expect: Expected;
}

type PartOf<T> = { readonly [M in keyof T]?: T[M] };
/** A request without what `each` fills in. */
export type OpenRequest = PartOf<Omit<AuthorizeInput, "resource" | "subject" | "context">> & {
  readonly resource?: PartOf<AuthorizeInput["resource"]>;
  readonly subject?: PartOf<NonNullable<AuthorizeInput["subject"]>>;
  readonly context?: PartOf<NonNullable<AuthorizeInput["context"]>>;
};

/** The members that `each` can fill in, with the values that each takes in turn. */
export interface Each {
  readonly clientId?: readonly string[];
  readonly "subject.id"?: readonly string[];
  readonly "subject.type"?: readonly string[];
  readonly "subject.organization"?: readonly string[];
  readonly scopes?: readonly (readonly string[])[];
  readonly action?: readonly string[];
  readonly "resource.type"?: readonly string[];
  readonly "resource.id"?: readonly string[];
  readonly "resource.patient"?: readonly string[];
  readonly "resource.organization"?: readonly string[];
  readonly "resource.labels"?: readonly (readonly string[])[];
  readonly purposeOfUse?: readonly string[];
  readonly "context.patient"?: readonly string[];
  readonly "context.region"?: readonly string[];
  readonly "context.ipAddress"?: readonly string[];
}

/** Requests that must be denied, whatever their number: every combination of what `each` lists. */
export interface NeverSaid {
  readonly name: string;
  readonly now?: number;
  readonly each?: Each;
  readonly request: OpenRequest;
}

export interface CaseFileSaid {
  readonly now?: number;
  /** What patients have said, for all cases of a run. */
  readonly consents?: readonly RecordConsentInput[];
  /** Emergencies that are open, for all cases of a run. */
  readonly breakGlasses?: readonly BreakGlassInput[];
  readonly requests?: readonly CaseSaid<AuthorizeInput, ExpectedDecision>[];
  readonly grants?: readonly CaseSaid<DecideGrantInput, ExpectedGrant>[];
  readonly never?: readonly NeverSaid[];
}

const texts = list(text);
const anything = json as Kind<NonNullable<unknown>>;
const code = oneOf<ReasonCode>(REASON_CODES);
const context: Shape<NonNullable<AuthorizeInput["context"]>> = {
  patient: may(text),
  ipAddress: may(text),
  region: may(text),
  userAgent: may(text),
  tokenId: may(text),
  attributes: may(anything),
};
const subjectMembers = {
  type: may(text),
  organization: may(text),
  roles: may(texts),
  attributes: may(anything),
};
const resourceMembers = {
  id: may(text),
  patient: may(text),
  patients: may(texts),
  organization: may(text),
  labels: may(texts),
  attributes: may(anything),
};
const asker = { scopes: may(texts), purposeOfUse: may(text), requestId: may(text) };
const subject = may(object<NonNullable<AuthorizeInput["subject"]>>({ id: must(text), ...subjectMembers }));

const request = object<AuthorizeInput>({
  clientId: must(text),
  subject,
  action: must(text),
  resource: must(object<AuthorizeInput["resource"]>({ type: must(text), ...resourceMembers })),
  context: may(object(context)),
  partOf: may(text),
  ...asker,
});
const grantRequest = object<DecideGrantInput>({
  clientId: must(text),
  subject,
  context: may(object(context)),
  ...asker,
  scopes: must(texts),
  heldScopes: may(texts),
  languages: may(texts),
});
const openRequest = object<OpenRequest>({
  clientId: may(text),
  subject: may(object<PartOf<NonNullable<AuthorizeInput["subject"]>>>({ id: may(text), ...subjectMembers })),
  action: may(text),
  resource: may(object<PartOf<AuthorizeInput["resource"]>>({ type: may(text), ...resourceMembers })),
  context: may(object(context)),
  partOf: may(text),
  ...asker,
});

const obligation = object<ExpectedObligation>({ type: must(text), parameters: may(json) });
const reasons = { reasons: may(list(code)), reasons_include: may(list(code)), message: may(text) };
const expectedDecision = object<ExpectedDecision>({
  outcome: must(oneOf<Outcome>(["ALLOW", "DENY"])),
  scope: may(text),
  rule: may(text),
  obligations: may(list(obligation)),
  ...reasons,
});
const expectedGrant = object<ExpectedGrant>({
  scope: must(orNull(text) as Kind<string>),
  outcomes: may(texts),
  newScopes: may(texts),
  successor: may(text),
  sunsetAt: may(time),
  ...reasons,
} as Shape<ExpectedGrant>);

const each = object<Each>({
  clientId: may(texts),
  "subject.id": may(texts),
  "subject.type": may(texts),
  "subject.organization": may(texts),
  scopes: may(list(texts)),
  action: may(texts),
  "resource.type": may(texts),
  "resource.id": may(texts),
  "resource.patient": may(texts),
  "resource.organization": may(texts),
  "resource.labels": may(list(texts)),
  purposeOfUse: may(texts),
  "context.patient": may(texts),
  "context.region": may(texts),
  "context.ipAddress": may(texts),
});

const named = { name: must(text), now: may(time) };

/** An emergency as `breakGlass` takes it; of the subject what it lets be given. */
const BREAK_GLASS = object<BreakGlassInput>({
  subject: must(object<Pick<NamedSubject, "id" | "type">>({ id: must(text), type: may(text) })),
  patient: must(text),
  organization: must(text),
  reason: must(text),
  minutes: must(whole),
});

/** A file of requests with their expected answers. */
export const CASE_FILE = object<CaseFileSaid>({
  now: may(time),
  consents: may(list(CONSENT)),
  breakGlasses: may(list(BREAK_GLASS)),
  requests: may(
    list(
      object<CaseSaid<AuthorizeInput, ExpectedDecision>>({
        ...named,
        request: must(request),
        expect: must(expectedDecision),
      }),
    ),
  ),
  grants: may(
    list(
      object<CaseSaid<DecideGrantInput, ExpectedGrant>>({
        ...named,
        request: must(grantRequest),
        expect: must(expectedGrant),
      }),
    ),
  ),
  never: may(list(object<NeverSaid>({ ...named, each: may(each), request: must(openRequest) }))),
});
