import { ArgsType, Field, Int, ObjectType } from "type-graphql";
import type { Page, PageRequest } from "../domain/kernel/pages.ts";
import { decodeCursor, decodeNumberCursor, encodeCursor } from "./cursors.ts";
import { boundedInt } from "./inputs.ts";

@ObjectType("PageInfo", { simpleResolvers: true, description: "Where a page stands in its list." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more items follow: ask again with `after` set to `endCursor`." })
  readonly hasNextPage!: boolean;
  @Field(() => Boolean, { description: "Whether items precede this page." })
  readonly hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: "The cursor of the page's first item; null for an empty page." })
  readonly startCursor!: string | null;
  @Field(() => String, { nullable: true, description: "The cursor of the page's last item; null for an empty page." })
  readonly endCursor!: string | null;
}

/** A page of a list, in the form of the Relay cursor connections specification. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: PageInfo;
}

/** The connection type of a node type, `<name>Connection`, with its edge type. `what` is plural, for descriptions. */
export function connectionOf<Node extends object>(name: string, what: string, node: () => new () => Node) {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: `One of the ${what} of a page.` })
  class Edge {
    @Field(() => String, {
      description: "The position of this item, for `after`. Opaque: it has no meaning but in this list.",
    })
    readonly cursor!: string;
    @Field(node, { description: "The item." })
    readonly node!: Node;
  }
  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: `A page of ${what}.` })
  class ConnectionType implements Connection<Node> {
    @Field(() => [Edge], { description: "The items of the page, in the order of the list." })
    readonly edges!: readonly Edge[];
    @Field(() => PageInfo, { description: "Where the page stands in the list." })
    readonly pageInfo!: PageInfo;
  }
  return ConnectionType;
}

const DEFAULT_FIRST = 50;
const MAX_FIRST = 200;

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_FIRST,
    description: `How many items at most: 1 to ${MAX_FIRST}, else BAD_USER_INPUT.`,
  })
  readonly first?: number | null;
  @Field(() => String, {
    nullable: true,
    description: "Only items after this cursor of an earlier page of the same list; anything else is BAD_USER_INPUT.",
  })
  readonly after?: string | null;
}

/** `first` as the domain takes it. @throws ScopewardenError BAD_USER_INPUT */
const firstOf = (args: PageArgs): number =>
  boundedInt(args.first, { path: "first", min: 1, max: MAX_FIRST, default: DEFAULT_FIRST });

/** The part that is asked for, of a list with text keys. */
export function pageRequest(list: string, args: PageArgs): PageRequest<string> {
  const after = args.after ?? null;
  return { first: firstOf(args), after: after === null ? null : decodeCursor(list, after) };
}

/** The part that is asked for, of a list with number keys. */
export function numberedPageRequest(list: string, args: PageArgs): PageRequest<number> {
  const after = args.after ?? null;
  return { first: firstOf(args), after: after === null ? null : decodeNumberCursor(list, after) };
}

/** A page of the domain as a connection. */
export function toConnection<Item, Node, Key extends string | number>(
  list: string,
  request: PageRequest<Key>,
  page: Page<Item, Key>,
  toNode: (item: Item) => Node,
): Connection<Node> {
  const edges = page.items.map(({ node, key }) => ({ cursor: encodeCursor(list, key), node: toNode(node) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: request.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
