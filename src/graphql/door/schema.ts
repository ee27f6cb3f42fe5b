import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { buildSchemaSync } from "type-graphql";
import { ApiKeyEventFields, ApiKeyEventResolver } from "../apiKeyEvents.ts";
import { ApiKeyFields, ApiKeyResolver } from "../apiKeys.ts";
import { ApplyResolver } from "../apply.ts";
import { AssignmentResolver } from "../assignments.ts";
import { AuthorizeResolver } from "../authorize.ts";
import { MeResolver } from "../callers.ts";
import { ClientResolver } from "../clients.ts";
import { DecideGrantResolver } from "../decideGrant.ts";
import { DecisionCallerFields, DecisionResolver } from "../decisions.ts";
import { EntityResolver } from "../entities.ts";
import { GrantResolver } from "../grants.ts";
import { LintResolver } from "../lint.ts";
import {
  AssignmentRelations,
  ClientRelations,
  GrantRelations,
  RoleRelations,
  RuleRelations,
  ScopeRelations,
} from "../relations.ts";
import { PolicyRevisionFields, RevisionResolver } from "../revisions.ts";
import { RoleResolver } from "../roles.ts";
import { RuleResolver } from "../rules.ts";
import { ScopeLifeResolver } from "../scopeLife.ts";
import { ScopeResolver } from "../scopes.ts";
import { AtomFields } from "../scopeTypes.ts";
import { guardSchema } from "./guard.ts";
import { orderForReaders } from "./order.ts";

/** The schema of the service: every root field guarded by the table of permissions, every error in its wire form. */
export function buildScopewardenSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    validate: false,
    resolvers: [
      AuthorizeResolver,
      DecideGrantResolver,
      DecisionResolver,
      ScopeResolver,
      LintResolver,
      ScopeLifeResolver,
      ClientResolver,
      GrantResolver,
      RoleResolver,
      AssignmentResolver,
      RuleResolver,
      EntityResolver,
      ApplyResolver,
      RevisionResolver,
      MeResolver,
      ApiKeyResolver,
      ApiKeyEventResolver,
      AtomFields,
      PolicyRevisionFields,
      DecisionCallerFields,
      ApiKeyFields,
      ApiKeyEventFields,
      ScopeRelations,
      ClientRelations,
      GrantRelations,
      RoleRelations,
      RuleRelations,
      AssignmentRelations,
    ],
  });
  return guardSchema(orderForReaders(schema));
}
