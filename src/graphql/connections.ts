import { ArgsType, Field, FieldResolver, Int, Resolver, Root } from "type-graphql";
import { type CaseOrder, type CasePage, type CasePageRequest, MOST_COUNTED } from "../domain/cases/casePages.ts";
import { endOf, type Page, type PageRequest } from "../domain/kernel/pages.ts";
import { decodeCursor, decodeNumberCursor, encodeCursor } from "../doors/cursors.ts";
import { CaseOrderEnum } from "./enums.ts";
import { flag, type OutputMembers, objectType, of, text } from "./graphqlTypes.ts";
import { boundedInt } from "./inputs.ts";

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}
export const PageInfo = objectType<PageInfo>("PageInfo", "Where a page stands in its list.", {
  hasNextPage: flag("Whether more items follow, or may: ask again with `after` set to `endCursor`."),
  hasPreviousPage: flag("Whether items precede this page."),
  startCursor: text.orNull(
    "The cursor of the page's first item; null for an empty page, or where items have no cursors.",
  ),
  endCursor: text.orNull(
    "After what the next page begins: the cursor of the page's last item, or further on where a search ended the page early; null where there is nothing to go on from.",
  ),
});

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}
/** A page of a list, in the form of the Relay cursor connections specification. */
export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly pageInfo: PageInfo;
}

/** The connection type of a node type, `<name>Connection`, with its edge type and what else it says. `what` is plural, for descriptions. */
export function connectionOf<Node extends object, More extends object = object>(
  name: string,
  what: string,
  node: new () => Node,
  more: OutputMembers<More> = {} as OutputMembers<More>,
) {
  const EdgeType = objectType<Edge<Node>>(`${name}Edge`, `One of the ${what} of a page.`, {
    cursor: text("The position of this item, for `after`. Opaque: it has no meaning but in this list."),
    node: of(node)("The item."),
  });
  const members: OutputMembers<Connection<Node>> = {
    edges: of(EdgeType).list("The items of the page, in the order of the list."),
    pageInfo: of(PageInfo)("Where the page stands in the list."),
  };
  const all = { ...members, ...more } as OutputMembers<Connection<Node> & More>;
  return objectType<Connection<Node> & More>(`${name}Connection`, `A page of ${what}.`, all);
}

/** A page of cases, whose whole list can be counted. */
export interface CaseConnection<Node> extends Connection<Node> {
  readonly total: () => Promise<number>;
}

/** The same for a type of cases, with `totalCount`; and what resolves that. */
export function caseConnectionOf<Node extends object, More extends object = object>(
  name: string,
  what: string,
  node: new () => Node,
  more: OutputMembers<More> = {} as OutputMembers<More>,
) {
  const type = connectionOf(name, what, node, more);
  @Resolver(() => type)
  class TotalCount {
    @FieldResolver(() => Int, {
      description: `How many the whole list has, counted up to ${MOST_COUNTED}.`,
    })
    totalCount(@Root() { total }: CaseConnection<Node>): Promise<number> {
      return total();
    }
  }
  return { type, resolver: TotalCount };
}

/** Where a page stands of which only is known where it goes on. `end`: null: it is the last. */
export const partInfo = (
  list: string,
  { after, end }: { readonly after: unknown; readonly end: string | null },
): PageInfo => ({
  hasNextPage: end !== null,
  hasPreviousPage: (after ?? null) !== null,
  startCursor: null,
  endCursor: end === null ? null : encodeCursor(list, end),
});

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

@ArgsType()
export class CasePageArgs extends PageArgs {
  @Field(() => CaseOrderEnum, { nullable: true, defaultValue: "NEWEST", description: "In which order they come." })
  readonly orderBy?: CaseOrder | null;
}

/** Reads which part of a list is asked for. @throws ScopewardenError BAD_USER_INPUT */
const requestReader =
  <Key>(decode: (list: string, cursor: string) => Key) =>
  (list: string, { first, after }: PageArgs): PageRequest<Key> => ({
    first: boundedInt(first, { path: "first", min: 1, max: MAX_FIRST, default: DEFAULT_FIRST }),
    after: after === null || after === undefined ? null : decode(list, after),
  });

/** Of a list with text keys. */
export const pageRequest = requestReader(decodeCursor);
/** Of a list of cases: a cursor belongs to one order. */
export const casePageRequest = (list: string, args: CasePageArgs): CasePageRequest => {
  const orderBy = args.orderBy ?? "NEWEST";
  return { ...pageRequest(caseList(list, orderBy), args), orderBy };
};
const caseList = (list: string, orderBy: CaseOrder): string => (orderBy === "NEWEST" ? list : `${list} by ${orderBy}`);

/** A page of cases as a connection. */
export const toCaseConnection = <Case, Node>(
  list: string,
  request: CasePageRequest,
  page: CasePage<Case>,
  toNode: (item: Case) => Node,
): CaseConnection<Node> => ({
  ...toConnection(caseList(list, request.orderBy ?? "NEWEST"), request, page, toNode),
  total: page.total,
});
/** Of a list with number keys. */
export const numberedPageRequest = requestReader(decodeNumberCursor);

/** A page of the domain as a connection. */
export function toConnection<Item, Node, Key extends string | number>(
  list: string,
  request: PageRequest<Key>,
  page: Page<Item, Key>,
  toNode: (item: Item) => Node,
): Connection<Node> {
  const end = endOf(page);
  const edges = page.items.map(({ node, key }) => ({ cursor: encodeCursor(list, key), node: toNode(node) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: request.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: end === null ? null : encodeCursor(list, end),
    },
  };
}
