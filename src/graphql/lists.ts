import { Arg, Args, Ctx, Field, InputType, Query, Resolver } from "type-graphql";
import type { Connection, PageArgs } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { type Given, givenFilter } from "./inputs.ts";

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
    /** Of every member its type, and what it lets through. */
    readonly members: { readonly [Name in keyof Filter]-?: readonly [type: object, description: string] };
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
  for (const [member, [type, text]] of Object.entries<readonly [object, string]>(filter.members))
    Field(() => type, { nullable: true, description: text })(FilterType.prototype, member);

  @Resolver()
  class List {
    @Query(() => connection, { name, description })
    list(
      @Arg("filter", () => FilterType, { nullable: true, description: `Absent: ${filter.all ?? "all"}.` })
      given: Filter | null | undefined,
      @Args(() => argsType) args: Page,
      @Ctx() ctx: GraphqlContext,
    ): Promise<Connection<unknown>> {
      return page(ctx, givenFilter(given), args);
    }
  }
  return List;
}
