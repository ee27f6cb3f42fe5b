import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { buildSchemaSync } from "type-graphql";
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
import { grantDecisionResolvers } from "../decideGrant.ts";
import { decisionResolvers } from "../decisions.ts";
import { detectorResolvers } from "../detectors.ts";
import { disclosureResolvers } from "../disclosures.ts";
import { entityResolvers } from "../entities.ts";
import { ExplanationResolver } from "../explanation.ts";
import { ExportResolver } from "../exportPage.ts";
import { findResolvers } from "../find.ts";
import { grantResolvers } from "../grants.ts";
import { inquiryResolvers } from "../inquiries.ts";
import { JobResolver } from "../jobs.ts";
import { legalHoldResolvers } from "../legalHolds.ts";
import { LintResolver, RuleLintResolver } from "../lint.ts";
import { OrganizationFields, organizationResolvers } from "../organizations.ts";
import { patientAccessResolvers } from "../patientAccess.ts";
import { policyFileResolvers } from "../policyFiles.ts";
import { proposalResolvers } from "../proposals.ts";
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
import { requireExactIds } from "./exactIds.ts";
import { guardSchema } from "./guard.ts";
import { addNamedClients, NamedClient } from "./namedClients.ts";
import { declareOneOf } from "./oneOf.ts";
import { orderForReaders } from "./order.ts";

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
