import {
  defaultFieldResolver,
  type GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  responsePathAsArray,
} from "graphql";
import { requirePermission, takesTurns } from "../../domain/callers/permissions.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { DoorContext } from "./doorContext.ts";
import { givenTimesOf } from "./givenTimes.ts";
import { toGraphQLError } from "./wireErrors.ts";

type Resolver = GraphQLFieldResolver<unknown, DoorContext>;

/** Failures in their wire form, by the key of the root field below which they came. */
const wireForms = new WeakMap<object, Map<string | number, GraphQLError>>();

/**
 * The wire form of a failure, with its place. That of the same failure again is the same: an answer that grows too large fails in
 * thousands of places, and an error for each would keep decisions waiting.
 */
function located(error: unknown, { path, fieldNodes }: GraphQLResolveInfo): GraphQLError {
  if (!(error instanceof ScopewardenError)) return toGraphQLError(error);
  let root: typeof path = path;
  while (root.prev !== undefined) root = root.prev;
  const forms = wireForms.get(error) ?? new Map<string | number, GraphQLError>();
  wireForms.set(error, forms);
  const known = forms.get(root.key);
  if (known !== undefined) return known;
  const form = toGraphQLError(error, { nodes: fieldNodes, path: responsePathAsArray(path) });
  forms.set(root.key, form);
  return form;
}

/** The resolver with its failures in their wire form. */
function withWireErrors(resolve: Resolver): Resolver {
  return (root, args, ctx, info) => {
    const rethrow = (error: unknown): never => {
      throw located(error, info);
    };
    try {
      const result: unknown = resolve(root, args, ctx, info);
      return result instanceof Promise ? result.catch(rethrow) : result;
    } catch (error) {
      return rethrow(error);
    }
  };
}

/** Whether a field is only tried: by its own argument, or by that of its input. Null is no yes. */
function isDryRun({ dryRun, input }: { readonly dryRun?: unknown; readonly input?: unknown }): boolean {
  const within = typeof input === "object" && input !== null && "dryRun" in input ? input.dryRun : undefined;
  return (dryRun ?? within) === true;
}

/** A field that compares what two policies allow, or looks for names on record: much work, whatever its root field was. */
const isMuchWork = ({ name, type }: GraphQLField<unknown, unknown>): boolean =>
  getNamedType(type).name === "AccessDifference" || name === "notes";

const inTurn = (ctx: DoorContext, kind: string, work: () => unknown): Promise<unknown> =>
  ctx.journalTurns.take({ caller: ctx.caller, kind }, async () => {
    await ctx.domain.giveWay();
    return work();
  });

/**
 * Guards a schema in place: no root field runs for a caller whom the table of permissions does not name, whatever the
 * resolver forgot, every failure leaves in its wire form, and what may be much work waits for its turn. Times that are
 * given are read here; fields below the roots take none.
 */
export function guardSchema(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    const isRoot = roots.includes(type);
    for (const field of Object.values(type.getFields())) {
      const resolve: Resolver | undefined = field.resolve;
      if (isRoot) {
        const givenTimes = givenTimesOf(field);
        const guarded: Resolver = (root, given, ctx, info) => {
          requirePermission(ctx.caller, info.fieldName, { dryRun: isDryRun(given) });
          const { settled } = ctx;
          if (settled?.field === info.fieldName) return settled.answer;
          const args = givenTimes === null ? given : givenTimes(given);
          const answer = () => (resolve ?? defaultFieldResolver)(root, args, ctx, info);
          return takesTurns(info.fieldName) ? inTurn(ctx, info.fieldName, answer) : answer();
        };
        field.resolve = withWireErrors(guarded);
      } else if (resolve !== undefined)
        field.resolve = withWireErrors(
          // Done when it is asked for, which is after its root field has had its turn.
          isMuchWork(field)
            ? (root, args, ctx, info) => inTurn(ctx, info.fieldName, () => resolve(root, args, ctx, info))
            : resolve,
        );
    }
  }
  return schema;
}
