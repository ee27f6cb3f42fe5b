import "reflect-metadata";
import {
  defaultFieldResolver,
  GraphQLError,
  type GraphQLFieldResolver,
  GraphQLID,
  type GraphQLSchema,
  isInputObjectType,
  isObjectType,
  isScalarType,
} from "graphql";
import { buildSchemaSync } from "type-graphql";
import { mayCall } from "../../domain/callers/permissions.ts";
import type { Client } from "../../domain/policy/types.ts";
import { accessRequestResolvers } from "../accessRequests.ts";
import { accountingSuspensionResolvers } from "../accountingSuspensions.ts";
import { alertResolvers } from "../alerts.ts";
import { ApiKeyEventFields, ApiKeyEventResolver } from "../apiKeyEvents.ts";
import { ApiKeyFields, ApiKeyResolver } from "../apiKeys.ts";
import { ApplyResolver } from "../apply.ts";
import { assignmentResolvers } from "../assignments.ts";
import { AuthorizeResolver } from "../authorize.ts";
import { BacktestResolver } from "../backtests.ts";
import { breakGlassResolvers } from "../breakGlasses.ts";
import { ActorFields, MeFields, MeResolver } from "../callers.ts";
import { caseResolvers } from "../cases.ts";
import { clientAccessResolvers } from "../clientAccess.ts";
import { clientResolvers } from "../clients.ts";
import { comparePolicyResolvers } from "../comparePolicy.ts";
import { consentRequestResolvers } from "../consentRequests.ts";
import { consentResolvers } from "../consents.ts";
import type { GraphqlContext } from "../context.ts";
import { grantDecisionResolvers } from "../decideGrant.ts";
import { decisionResolvers } from "../decisions.ts";
import { detectorResolvers } from "../detectors.ts";
import { disclosureResolvers } from "../disclosures.ts";
import { entityResolvers } from "../entities.ts";
import { ClientStatusEnum } from "../enums.ts";
import { ExplanationResolver } from "../explanation.ts";
import { ExportResolver } from "../exportPage.ts";
import { findResolvers } from "../find.ts";
import { givenAccountingResolvers } from "../givenAccountings.ts";
import { grantResolvers } from "../grants.ts";
import { id, objectType, oneOf, text } from "../graphqlTypes.ts";
import { IndexRebuildResolver } from "../indexRebuilds.ts";
import { inquiryResolvers } from "../inquiries.ts";
import { JobResolver } from "../jobs.ts";
import { legalHoldResolvers } from "../legalHolds.ts";
import { LintResolver, RuleLintResolver } from "../lint.ts";
import { OrganizationFields, organizationResolvers } from "../organizations.ts";
import { patientAccessResolvers } from "../patientAccess.ts";
import { patientPeopleResolvers } from "../patientPeople.ts";
import { policyFileResolvers } from "../policyFiles.ts";
import { currentRow } from "../policyRows.ts";
import { proposalResolvers } from "../proposals.ts";
import { QuestionsAskedResolver } from "../questionsAsked.ts";
import { RecordResolver } from "../record.ts";
import { relationResolvers } from "../relations.ts";
import { ReplayResolver } from "../replays.ts";
import { restrictionResolvers } from "../restrictions.ts";
import { reviewResolvers } from "../reviews.ts";
import { revisionResolvers } from "../revisions.ts";
import { roleResolvers } from "../roles.ts";
import { ruleResolvers } from "../rules.ts";
import { ScopeLifeResolver } from "../scopeLife.ts";
import { scopeResolvers } from "../scopes.ts";
import { ScopesSupportedResolver } from "../scopesSupported.ts";
import { AtomFields } from "../scopeTypes.ts";
import { serviceResolvers } from "../service.ts";
import { statsResolvers } from "../stats.ts";
import { tokenRevocationResolvers } from "../tokenRevocations.ts";
import { webhookResolvers } from "../webhooks.ts";
import { weeklySampleResolvers } from "../weeklySamples.ts";
import { whatIfResolvers } from "../whatIf.ts";
import { whoCanResolvers } from "../whoCan.ts";
import { guardSchema } from "./guard.ts";
import { orderForReaders } from "./order.ts";

const parseId = GraphQLID.parseValue;

function parseExactId(value: unknown): string {
  // Number.isInteger is left to graphql-js, which says what is wrong with a fraction.
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new GraphQLError(
      `ID must be text where it is a number beyond ${Number.MAX_SAFE_INTEGER}: of those, several become one in JSON`,
    );
  return parseId(value);
}

/**
 * Refuses, in place, ids that were sent as numbers too large to be told apart: JSON's 9007199254740993 arrives as
 * 9007199254740992, which is another patient. Written in the document itself a number is text, and exact.
 */
function requireExactIds(schema: GraphQLSchema): GraphQLSchema {
  const id = schema.getType(GraphQLID.name);
  if (isScalarType(id)) id.parseValue = parseExactId;
  return schema;
}

/** The input types of which exactly one field is set. */
const ONE_OF = ["PolicyOperation", "ProposedChangeInput"];

/**
 * Makes them OneOf input objects (GraphQL, "OneOf Input Objects"), in place: decorators can't. graphql-js then refuses more
 * fields than one, none, and null before anything runs, and tells so in introspection and print.
 */
function declareOneOf(schema: GraphQLSchema): GraphQLSchema {
  for (const name of ONE_OF) {
    const type = schema.getType(name);
    if (!isInputObjectType(type)) throw new Error(`${name} is no input type`);
    type.isOneOf = true;
  }
  return schema;
}

type Resolver = GraphQLFieldResolver<unknown, GraphqlContext>;

/** Without fields that take arguments: those of an answer are judged before a change is made, and this stands in many answers. */
const NamedClient = objectType<Pick<Client, "id" | "name" | "status">>("NamedClient", "A client, as it is called.", {
  id: id("Its id."),
  name: text("Its name."),
  status: oneOf(ClientStatusEnum)("Whether it may be used."),
});

const DESCRIPTION =
  "The client of `clientId`, by the policy as it is now; null: there is none, or the caller may not read the policy.";

/**
 * Gives every type that names a client by `clientId`, and has no `client` of its own, the client itself, in place: no type is left out, and
 * the client is hidden wherever its id is.
 */
function addNamedClients(schema: GraphQLSchema): GraphQLSchema {
  const client = schema.getType("NamedClient");
  if (!isObjectType(client)) throw new Error("the schema has no type of clients");
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    const fields = type.getFields();
    const { clientId } = fields;
    if (clientId === undefined || fields.client !== undefined) continue;
    const idOf: Resolver = clientId.resolve ?? defaultFieldResolver;
    const resolve: Resolver = async (parent, _args, ctx, info) => {
      if (!mayCall(ctx.caller, "client")) return null;
      const clientId = await idOf(parent, {}, ctx, { ...info, fieldName: "clientId" });
      return typeof clientId === "string" ? currentRow<"client">(ctx, ({ clients }) => clients.get(clientId)) : null;
    };
    fields.client = { ...clientId, name: "client", description: DESCRIPTION, type: client, resolve };
  }
  return schema;
}

/** The schema of the service: every root field guarded by the table of permissions, every error in its wire form. */
export function buildScopewardenSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    validate: false,
    orphanedTypes: [NamedClient],
    resolvers: [
      AuthorizeResolver,
      ...grantDecisionResolvers,
      ScopesSupportedResolver,
      ...decisionResolvers,
      ...scopeResolvers,
      LintResolver,
      RuleLintResolver,
      ...statsResolvers,
      ExplanationResolver,
      ...disclosureResolvers,
      ExportResolver,
      RecordResolver,
      IndexRebuildResolver,
      QuestionsAskedResolver,
      ...givenAccountingResolvers,
      ...legalHoldResolvers,
      ...tokenRevocationResolvers,
      ...accountingSuspensionResolvers,
      ScopeLifeResolver,
      ...clientResolvers,
      ...grantResolvers,
      ...roleResolvers,
      ...assignmentResolvers,
      ...ruleResolvers,
      ...organizationResolvers,
      OrganizationFields,
      ...entityResolvers,
      ...consentResolvers,
      ...consentRequestResolvers,
      ApplyResolver,
      ...revisionResolvers,
      ...policyFileResolvers,
      ...proposalResolvers,
      ...accessRequestResolvers,
      ...breakGlassResolvers,
      ...reviewResolvers,
      ...webhookResolvers,
      ...alertResolvers,
      ...inquiryResolvers,
      ...restrictionResolvers,
      ...caseResolvers,
      ...weeklySampleResolvers,
      ...detectorResolvers,
      BacktestResolver,
      ...whatIfResolvers,
      ReplayResolver,
      JobResolver,
      ...clientAccessResolvers,
      ...comparePolicyResolvers,
      ...whoCanResolvers,
      ...patientAccessResolvers,
      ...patientPeopleResolvers,
      MeResolver,
      ActorFields,
      MeFields,
      ...serviceResolvers,
      ...findResolvers,
      ApiKeyResolver,
      ApiKeyEventResolver,
      AtomFields,
      ApiKeyFields,
      ApiKeyEventFields,
      ...relationResolvers,
    ],
  });
  return guardSchema(orderForReaders(requireExactIds(declareOneOf(addNamedClients(schema)))));
}
