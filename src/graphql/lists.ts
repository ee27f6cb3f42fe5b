import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, Info, InputType, Query, Resolver } from "type-graphql";
import type { Connection, PageArgs } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { declareMember, type InputMember, type Member } from "./graphqlTypes.ts";
import { type Given, givenFilter } from "./inputs.ts";
import { itemFields } from "./itemFields.ts";

/** A list that is asked for page by page: its query, and what it can be narrowed by. */
export interface ListRow<Filter extends object> {
  /** The query's name. */
  readonly name: string;
  readonly description: string;
  /** Made by `connectionOf`. */
  readonly connection: object;
  readonly filter: {
    readonly type: string;
    readonly description: string;
    /** What comes without a filter; absent: all. */
    readonly all?: string;
    /** Each says what it lets through. */
    readonly members: { readonly [Name in keyof Filter]-?: InputMember<NonNullable<Filter[Name]>> };
  };
}

/** The resolver of a list: its query takes `filter` and what is in `argsType`. */
export function listOf<Filter extends object, Page extends PageArgs>(
  row: ListRow<Filter>,
  argsType: new () => Page,
  page: (ctx: GraphqlContext, filter: Given<Filter>, args: Page) => Promise<Connection<unknown>>,
) {
  const { name, description, connection, filter } = row;
  @InputType(filter.type, { description: filter.description })
  class FilterType {}
  for (const [member, description] of Object.entries<Member>(filter.members))
    declareMember(FilterType, member, { ...description, nullable: true });

  @Resolver()
  class List {
    /** The type of its filter, for what else is narrowed by it. */
    static readonly filterType = FilterType as new () => Filter;

    @Query(() => connection, { name, description })
    async list(
      @Arg("filter", () => FilterType, { nullable: true, description: `Absent: ${filter.all ?? "all"}.` })
      given: Filter | null | undefined,
      @Args(() => argsType) args: Page,
      @Ctx() ctx: GraphqlContext,
      @Info() info: GraphQLResolveInfo,
    ) {
      const { edges, ...rest } = await page(ctx, givenFilter(given), args);
      return { ...rest, edges: ctx.loaders.inParts(edges, itemFields(info)) };
    }
  }
  return List;
}
