import { type GraphQLObjectType, type GraphQLSchema, isObjectType } from "graphql";
import { PERMISSIONS } from "../../domain/callers/permissions.ts";

/** The order in which arguments are read: what is meant, then which part of it, then why. Others follow. */
const ARGUMENTS = [
  "id",
  "name",
  "version",
  "input",
  "inputs",
  "toRevision",
  "clientId",
  "days",
  "filter",
  "first",
  "after",
  "asOfRevision",
  "reason",
  "expectedRevision",
];
const rank = (names: readonly string[], name: string): number =>
  names.includes(name) ? names.indexOf(name) : names.length;

const QUERY =
  "Questions. Each names in `extensions.code` why it failed, and is open to the caller roles that the documentation lists.";
const MUTATION =
  "Changes, and decisions for clients that cache queries. Each change takes a reason, which is kept; those of the policy answer with its revision.";

function orderFields(type: GraphQLObjectType, names: readonly string[]): void {
  const fields = type.getFields();
  for (const [name, field] of Object.entries(fields).sort(([a], [b]) => rank(names, a) - rank(names, b))) {
    delete fields[name];
    fields[name] = field;
  }
}

/**
 * Puts root fields and arguments into an order that reads well in documentation, in place: decorators register them
 * in the order in which files happen to load, and arguments from right to left. Describes the root types, too, which
 * decorators can't.
 */
export function orderForReaders(schema: GraphQLSchema): GraphQLSchema {
  const roots = [
    [schema.getQueryType(), QUERY],
    [schema.getMutationType(), MUTATION],
  ] as const;
  for (const [root, description] of roots) {
    if (!root) continue;
    root.description = description;
    orderFields(root, Object.keys(PERMISSIONS));
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      field.args = [...field.args].sort((a, b) => rank(ARGUMENTS, a.name) - rank(ARGUMENTS, b.name));
    }
  }
  return schema;
}
