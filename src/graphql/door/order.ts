import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLSchema,
  isInputObjectType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { PERMISSIONS, rolesOf, triesOf } from "../../domain/callers/permissions.ts";

/** The order in which arguments are read: what is meant, then which part of it, then why. Others follow; what must be given comes first. */
const ARGUMENTS = [
  "patient",
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
  "Questions. Each names in `extensions.code` why it failed, and says at its end which caller roles it is for.";
const MUTATION =
  "Changes, and decisions for clients that cache queries. Each change takes a reason, which is kept; those of the policy answer with its revision.";

function reorder<Field>(fields: Record<string, Field>, rankOf: (field: Field, name: string) => number): void {
  for (const [name, field] of Object.entries(fields).sort(
    ([a, one], [b, other]) => rankOf(one, a) - rankOf(other, b),
  )) {
    delete fields[name];
    fields[name] = field;
  }
}

/** What must be given first. */
const needed = ({ defaultValue, type }: GraphQLArgument | GraphQLInputField): number =>
  isNonNullType(type) && defaultValue === undefined ? 0 : 1;

/** Who may call a root field, by the table of permissions. */
function whoFor(rootField: string): string {
  const listed = (roles: readonly string[]): string => [...roles].sort().join(", ");
  const tries = triesOf(rootField);
  return `For: ${listed(rolesOf(rootField))}${tries.length === 0 ? "" : `; with \`dryRun: true\` ${listed(tries)} too`}.`;
}

/**
 * Puts root fields and arguments into an order that reads well in documentation, in place: decorators register them
 * in the order in which files happen to load, and arguments from right to left. Describes the root types, too, which
 * decorators can't, and says of each root field whom it is for.
 */
export function orderForReaders(schema: GraphQLSchema): GraphQLSchema {
  const roots = [
    [schema.getQueryType(), QUERY],
    [schema.getMutationType(), MUTATION],
  ] as const;
  for (const [root, description] of roots) {
    if (!root) continue;
    root.description = description;
    const names = Object.keys(PERMISSIONS);
    reorder(root.getFields(), (_, name) => rank(names, name));
    for (const field of Object.values(root.getFields())) field.description += ` ${whoFor(field.name)}`;
  }
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) reorder(type.getFields(), needed);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const placed = [...field.args].reverse().sort((a, b) => rank(ARGUMENTS, a.name) - rank(ARGUMENTS, b.name));
      field.args = placed.sort((a, b) => needed(a) - needed(b));
    }
  }
  return schema;
}
