import { Arg, ArgsType, Ctx, Field, ID, Int, Query, Resolver } from "type-graphql";
import type { Snapshot } from "../domain/policy/snapshot.ts";
import type { RelationColumns, RowFilters } from "../domain/policy/store.ts";
import type { Noun, PolicyRows } from "../domain/policy/types.ts";
import { PageArgs, pageRequest, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { boundedInt } from "./inputs.ts";
import { type ListRow, listOf } from "./lists.ts";

/** A policy row with the revision at which it was read, so that what is nested in it is read at the same one. */
export type At<Row> = Row & { readonly policyRevision: number };

export const POLICY_REVISION = "The policy revision at which this, and everything nested in it, was read.";

const at = <Row>(row: Row, policyRevision: number): At<Row> => ({ ...row, policyRevision });

@ArgsType()
class PolicyPageArgs extends PageArgs {
  @Field(() => Int, {
    nullable: true,
    description:
      "Reads the policy as it was at this revision, 0 to the current one (else BAD_USER_INPUT); absent: the current one. Walk a long list at one revision to see one state of it.",
  })
  readonly asOfRevision?: number | null;
}

const NESTED = 100;
/** The argument `first` of what is nested. */
export const FIRST_NESTED = {
  nullable: true,
  defaultValue: NESTED,
  description: "How many items at most: 1 to 500, else BAD_USER_INPUT.",
};

/** @throws ScopewardenError BAD_USER_INPUT */
const nestedFirst = (first: number | null | undefined): number =>
  boundedInt(first, { path: "first", min: 1, max: 500, default: NESTED });

/** The list of a noun's rows, at any revision, in the order of their keys. */
export function policyList<N extends Noun>(noun: N, row: ListRow<RowFilters[N]>) {
  return listOf(row, PolicyPageArgs, async (ctx, filter: RowFilters[N], args) => {
    const current = ctx.domain.policy.current().revision;
    const revision = boundedInt(args.asOfRevision, { path: "asOfRevision", min: 0, max: current, default: current });
    const request = pageRequest(row.name, args);
    const page = await ctx.domain.reader.page({ noun, revision, filter, page: request });
    return toConnection(row.name, request, page, (found) => at(found, revision));
  });
}

/** One row of the current policy, or null. */
export function currentRow<N extends Noun>(
  ctx: GraphqlContext,
  find: (snapshot: Snapshot) => PolicyRows[N] | undefined,
): At<PolicyRows[N]> | null {
  const snapshot = ctx.domain.policy.current();
  const row = find(snapshot);
  return row === undefined ? null : at(row, snapshot.revision);
}

/** The query for one row of the current policy by its key. */
export function policyRow<N extends "client" | "role" | "rule" | "organization">(
  noun: N,
  row: {
    readonly type: object;
    readonly key: "id" | "name";
    readonly find: (snapshot: Snapshot, key: string) => PolicyRows[N] | undefined;
  },
) {
  const { type, key, find } = row;
  @Resolver()
  class OneRow {
    @Query(() => type, {
      name: noun,
      nullable: true,
      description: `One ${noun} of the current policy; null when there is none of that ${key}.`,
    })
    row(
      @Arg(key, () => (key === "id" ? ID : String), { description: `The ${noun}'s ${key}.` }) value: string,
      @Ctx() ctx: GraphqlContext,
    ): At<PolicyRows[N]> | null {
      return currentRow<N>(ctx, (snapshot) => find(snapshot, value));
    }
  }
  return OneRow;
}

/** The rows that belong to a parent, in the order of their keys. @throws ScopewardenError BAD_USER_INPUT, LIMIT_EXCEEDED */
export async function nestedRows<N extends Noun>(
  ctx: GraphqlContext,
  query: {
    readonly noun: N;
    readonly column: RelationColumns[N];
    readonly value: string;
    readonly revision: number;
    readonly first: number | null | undefined;
    /** Of each in the answer. */
    readonly fields: number;
  },
): Promise<At<PolicyRows[N]>[]> {
  const { noun, column, value, revision, fields } = query;
  const first = nestedFirst(query.first);
  const rows = await ctx.loaders.related({ noun, column, revision, first }, value, fields);
  return rows.map((row) => at(row, revision));
}
