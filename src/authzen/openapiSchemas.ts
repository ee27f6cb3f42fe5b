import { ENDPOINTS } from "./metadata.ts";
import { SEMANTICS } from "./options.ts";
import { DEFAULT_LIMIT, MAX_LIMIT } from "./search.ts";

export const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const text = (description: string) => ({ type: "string", description });
const texts = (description: string) => ({ type: "array", items: { type: "string" }, description });
const open = (description: string) => ({ type: "object", description });
const list = (items: object) => ({ type: "array", items });
const object = (properties: object, required: readonly string[] = [], more: object = {}) => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
  ...more,
});
export const json = (schema: object) => ({ "application/json": { schema } });
const nullable = (type: string) => ({ type: [type, "null"] });

/** The JSON Schemas of what is asked and answered, by name. */
export const schemas = {
  Subject: object(
    {
      type: text("Such as `user`."),
      id: text("Its identifier."),
      properties: open(
        "What conditions can see as `subject.attributes`; `organization` is the subject's organization.",
      ),
    },
    ["type", "id"],
  ),
  Resource: object(
    {
      type: text("A FHIR type, or one of the deployment's own."),
      id: text("Its identifier."),
      properties: open(
        "What conditions can see as `resource.attributes`; `patient`, `organization` and `labels` have a place of their own.",
      ),
    },
    ["type", "id"],
  ),
  Type: object({ type: text("What is searched for; anything else is ignored.") }, ["type"]),
  Action: object(
    {
      name: text("An action, or the name of a custom scope."),
      properties: open("What conditions can see as `context.attributes.action`."),
    },
    ["name"],
  ),
  Context: object(
    {
      client_id: text("The OAuth client; absent: the caller's default client."),
      scopes: texts("The scopes of the access token; absent: all that the client is granted."),
      purpose_of_use: text("A code of HL7 v3 PurposeOfUse."),
      patient: text("The patient in context."),
      ip_address: text("Where the subject's request came from."),
    },
    [],
    { description: "Anything else is what conditions can see as `context.attributes`." },
  ),
  Options: object({
    evaluations_semantic: { type: "string", enum: SEMANTICS, default: SEMANTICS[0] },
    explain: {
      type: "boolean",
      default: false,
      description: "Whether `context.summary` and `context.reasons` are wanted.",
    },
  }),
  Page: object({
    token: text("The `next_token` of the page before."),
    limit: { type: "integer", minimum: 0, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  }),
  EvaluationRequest: object(
    {
      subject: ref("Subject"),
      action: ref("Action"),
      resource: ref("Resource"),
      context: ref("Context"),
      options: ref("Options"),
    },
    ["subject", "action", "resource"],
  ),
  EvaluationsRequest: object({
    subject: ref("Subject"),
    action: ref("Action"),
    resource: ref("Resource"),
    context: ref("Context"),
    options: ref("Options"),
    evaluations: {
      type: "array",
      description: "Each has what differs from the top level; missing or empty: one evaluation.",
      items: object({
        subject: ref("Subject"),
        action: ref("Action"),
        resource: ref("Resource"),
        context: ref("Context"),
      }),
    },
  }),
  Obligation: object({ id: text("Unique in its context."), type: { type: "string" }, properties: open("") }, [
    "id",
    "type",
    "properties",
  ]),
  Reason: object(
    {
      code: text("The kind of reason, for programs."),
      message: text("For people."),
      scope: text("The scope that it is about."),
      role: text("The role that it is about."),
      rule_id: text("The rule that it is about."),
    },
    ["code", "message"],
  ),
  Decision: object(
    {
      decision: { type: "boolean" },
      context: object(
        {
          obligations: {
            ...list(ref("Obligation")),
            description: "What the caller must do, or else treat the decision as false.",
          },
          summary: text("With `options.explain`: the decision and its nearest reason in one sentence."),
          reasons: {
            ...list(ref("Reason")),
            description: "With `options.explain`: those of the scope that got furthest first, at most 16.",
          },
          reason_count: {
            type: "integer",
            description: "With `options.explain`: how many reasons there were, those that are not listed included.",
          },
          sufficient_scopes: {
            ...list({ type: "string" }),
            description:
              "With `options.explain`, of a denial for want of a scope: the least one that the client is granted and that would do.",
          },
          decision_id: text("With `options.explain`: its id in the journal."),
          policy_revision: { type: "integer", description: "With `options.explain`." },
          error: {
            ...object({ status: { type: "integer" }, message: { type: "string" } }, ["status", "message"]),
            description: "In a batch: why this item could not be decided.",
          },
        },
        [],
        { description: "There if there is something to say." },
      ),
    },
    ["decision"],
  ),
  Decisions: object({ evaluations: list(ref("Decision")) }, ["evaluations"]),
  SubjectSearchRequest: object(
    {
      subject: ref("Type"),
      action: ref("Action"),
      resource: ref("Resource"),
      context: ref("Context"),
      page: ref("Page"),
    },
    ["subject", "action", "resource"],
  ),
  ResourceSearchRequest: object(
    {
      subject: ref("Subject"),
      action: ref("Action"),
      resource: ref("Type"),
      context: ref("Context"),
      page: ref("Page"),
    },
    ["subject", "action", "resource"],
  ),
  ActionSearchRequest: object(
    { subject: ref("Subject"), resource: ref("Resource"), context: ref("Context"), page: ref("Page") },
    ["subject", "resource"],
  ),
  NextPage: object({ next_token: text("Empty: this was the last page.") }, ["next_token"]),
  SearchContext: object({
    policy_changed: object({ from: { type: "integer" }, to: { type: "integer" } }, ["from", "to"], {
      description: "The policy's revisions at the page before and now, where they differ.",
    }),
  }),
  EntitySearchResponse: object(
    {
      page: ref("NextPage"),
      context: ref("SearchContext"),
      results: list(
        object(
          {
            type: { type: "string" },
            id: { type: "string" },
            properties: open("Those that are registered with it, by which it was found."),
            context: open("`obligations`."),
          },
          ["type", "id"],
        ),
      ),
    },
    ["page", "results"],
  ),
  ActionSearchResponse: object(
    {
      page: ref("NextPage"),
      context: ref("SearchContext"),
      results: list(object({ name: { type: "string" }, context: open("`obligations`.") }, ["name"])),
    },
    ["page", "results"],
  ),
  GrantRequest: object(
    {
      clientId: text("The OAuth client; absent: the caller's default client."),
      subject: object(
        {
          id: { type: "string" },
          type: { type: "string", default: "user" },
          organization: { type: "string" },
          attributes: { type: "object" },
        },
        ["id"],
        { description: "For whom the token is; absent: for the client itself." },
      ),
      scopes: texts("The scopes requested."),
      heldScopes: texts("What the subject has allowed the client before."),
      purposeOfUse: { type: "string" },
      context: object({
        patient: { type: "string" },
        ipAddress: { type: "string" },
        region: { type: "string" },
        userAgent: { type: "string" },
        tokenId: { type: "string" },
        attributes: { type: "object" },
      }),
      requestId: text("Makes a retry safe: the same id and input give the same decision."),
    },
    ["scopes"],
  ),
  GrantDecision: object(
    {
      id: { type: "string" },
      outcome: { type: "string", enum: ["ALLOW", "DENY"] },
      scope: { ...nullable("string"), description: "The scopes for the token, separated by spaces." },
      scopes: list(
        object(
          {
            requested: { type: "string" },
            outcome: { type: "string", enum: ["GRANTED", "NARROWED", "DEPRECATED", "DENIED", "UNKNOWN"] },
            scopes: list({ type: "string" }),
            reasons: list({ type: "object" }),
            successor: nullable("string"),
            sunsetAt: nullable("string"),
          },
          ["requested", "outcome", "scopes", "reasons", "successor", "sunsetAt"],
        ),
      ),
      newScopes: list({ type: "string" }),
      summary: { type: "string" },
      reasons: list({ type: "object" }),
      reasonCount: { type: "integer" },
      policyRevision: { type: "integer" },
      decidedAt: { type: "string", format: "date-time" },
      clientId: { type: "string" },
      subjectId: nullable("string"),
      patient: nullable("string"),
      purposeOfUse: nullable("string"),
      callerId: { type: "string" },
    },
    ["id", "outcome", "scope", "scopes", "newScopes", "summary", "reasons", "policyRevision", "decidedAt", "clientId"],
  ),
  Metadata: object(
    Object.fromEntries(
      ["policy_decision_point", ...Object.keys(ENDPOINTS)].map((key) => [key, { type: "string", format: "uri" }]),
    ),
    ["policy_decision_point", "access_evaluation_endpoint"],
  ),
  Error: object(
    {
      error: object({ status: { type: "integer" }, code: { type: "string" }, message: { type: "string" } }, [
        "status",
        "code",
        "message",
      ]),
    },
    ["error"],
  ),
};
