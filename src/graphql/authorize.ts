import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import type * as domain from "../domain/decisions/accessInput.ts";
import type { GraphqlContext } from "./context.ts";
import { decidingFields } from "./decidingFields.ts";
import { Decision } from "./decisions.ts";
import { id, inputType, json, of, text } from "./graphqlTypes.ts";

const ATTRIBUTES = "A JSON object, at most 16384 characters and 6 levels deep, for conditions";

export const SubjectInput = inputType<NonNullable<domain.AuthorizeInput["subject"]>>(
  "SubjectInput",
  "The person or service for whom the client acts.",
  {
    id: id("As roles are assigned to it: 1 to 256 characters."),
    type: text.or(
      "user",
      "What kind of subject, 1 to 256 characters. Type and id together are the subject: its roles are those of no other type.",
    ),
    organization: text.orNull("The subject's organization, for conditions."),
    roles: text.listOrNull(
      "Roles from the subject's token, at most 100, beside those assigned; they hold in the resource's organization alone. FORBIDDEN for a role that the caller's key does not list in `assertRoles` for there, BAD_USER_INPUT if the policy has no such role.",
    ),
    attributes: json.orNull(`${ATTRIBUTES} (\`subject.attributes\`).`),
  },
);

export const ResourceInput = inputType<domain.AuthorizeInput["resource"]>(
  "ResourceInput",
  "What is to be accessed: one resource, or, without an id, a type as a whole, as a search does.",
  {
    type: text("A FHIR type or one of your own: 1 to 256 printable characters."),
    id: id.orNull("The id of the resource, 1 to 256 characters."),
    patient: id.orNull(
      "The patient whose resource it is, as an id or `Patient/id`. A resource of type Patient has its own id here.",
    ),
    patients: id.listOrNull(
      "All whose resource it is, where there are several; at most 100. `patient`, if given, is one of them.",
    ),
    organization: text.orNull("Whose resource it is; absent: reached only by roles that hold in all organizations."),
    labels: text.listOrNull("Security labels, such as `PSY` or `R`; at most 100. Absent is not the same as none."),
    attributes: json.orNull(
      `${ATTRIBUTES}, and for the constraints of scopes, under the search parameter's name. One that names a patient (\`patient\`, \`subject\` ...) must name whom \`patient\` or \`patients\` names.`,
    ),
  },
);

export const RequestContextInput = inputType<NonNullable<domain.AuthorizeInput["context"]>>(
  "RequestContextInput",
  "The circumstances of the access.",
  {
    patient: id.orNull("The patient in context, whom a `patient/` scope needs."),
    ipAddress: text.orNull("From where, at most 256 characters."),
    region: text.orNull("From which region, at most 256 characters."),
    userAgent: text.orNull("With what, at most 1024 characters."),
    tokenId: text.orNull("The id (`jti`) of the access token, at most 256 characters; never the token itself."),
    attributes: json.orNull(`${ATTRIBUTES} (\`context.attributes\`).`),
  },
);

export const AuthorizeInput = inputType<domain.AuthorizeInput>(
  "AuthorizeInput",
  "May this client, for this subject, do this to that resource with these scopes?",
  {
    clientId: id("The OAuth client, 1 to 256 characters."),
    subject: of(SubjectInput).orNull("For whom the client acts; absent: it acts as itself."),
    scopes: text.listOrNull(
      "The scopes of the access token, at most 1000; absent: all that the client is granted. Protocol scopes (`openid`, `launch/patient` ...) reach nothing, and what is no scope is a reason beside the others.",
    ),
    action: text(
      "A FHIR interaction (read, vread, history-instance, _history, search ...) or any other name: 1 to 256 printable characters.",
    ),
    resource: of(ResourceInput)("What is to be accessed."),
    purposeOfUse: text.orNull(
      "A code of HL7 v3 PurposeOfUse, such as TREAT, HPAYMT, HOPERAT, ETREAT, BTG, HRESCH or PATRQT, in whatever letters, which its system may precede (`http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT`); or `system|code` of another system, but for a BTG. Any other is not known: refusals are for it, permissions are not.",
    ),
    context: of(RequestContextInput).orNull("The circumstances of the access."),
    partOf: id.orNull(
      "Of an entry of a search that is read: the id of the search's decision, which this caller was allowed in the last five minutes for the same client and subject. Accesses, counts, alerts and lists then take the search as one access of each patient.",
    ),
    requestId: id.orNull(
      "Makes a retry safe: for five minutes the same id and input of the same caller give the same decision, an ALLOW only while it would be the same now. The same id with another input is BAD_USER_INPUT for so long.",
    ),
  },
);

/** Keeping a decision is a write; and no cache of a client answers a mutation in the service's place. */
const FOR_CACHES = "for clients with a cache (Apollo, urql), which answers a query that was asked before in its place.";

@Resolver()
export class AuthorizeResolver {
  @Query(() => Decision, {
    description:
      "Decides, and answers when the decision is on disk. BAD_USER_INPUT: nothing was decided. POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE, with HTTP 503: there is no decision; deny, and try again. From a client with a cache, ask `decide`.",
  })
  @Mutation(() => Decision, {
    name: "decide",
    description: `\`authorize\` as a mutation, the same in all else: ${FOR_CACHES}`,
  })
  authorize(
    @Arg("input", () => AuthorizeInput, { description: "The question." }) input: domain.AuthorizeInput,
    @Ctx() ctx: GraphqlContext,
  ) {
    return decidingFields.authorize(ctx, input);
  }

  @Query(() => [Decision], {
    description:
      "Decides many questions against one state of the policy, and answers in their order when all are on disk. One that is not well formed refuses all. From a client with a cache, ask `decideBatch`.",
  })
  @Mutation(() => [Decision], {
    name: "decideBatch",
    description: `\`authorizeBatch\` as a mutation, the same in all else: ${FOR_CACHES}`,
  })
  authorizeBatch(
    @Arg("inputs", () => [AuthorizeInput], {
      description:
        "The questions. LIMIT_EXCEEDED for a request of more decisions than the service is set to take, 100 if nothing is said.",
    })
    inputs: readonly domain.AuthorizeInput[],
    @Ctx() ctx: GraphqlContext,
  ) {
    return decidingFields.authorizeBatch(ctx, inputs);
  }
}
