import type { ReactNode } from "react";
import { type Filter, Filters } from "./filters.tsx";
import type { LinkShape, LinkState } from "./link.ts";
import { List, type ListProps } from "./list.tsx";
import { Page, type PageProps } from "./page.tsx";
import { Split } from "./panel.tsx";

interface ListPageProps<N, S extends LinkShape>
  extends Pick<PageProps, "title" | "purpose" | "actions">,
    Omit<ListProps<N>, "caption" | "onOpen" | "pages"> {
  /** What the rows are, for who can't see the table; absent: what the title says. */
  readonly caption?: string;
  readonly link: LinkState<S>;
  readonly filters?: readonly Filter[];
  /** Beside the filters. */
  readonly more?: ReactNode;
  readonly pages: ListProps<N>["pages"] & NonNullable<PageProps["asked"]>;
  /** Of the list, for styles of its own. */
  readonly listClass?: string;
  /** Absent: the member `id` of the link becomes the row's. */
  readonly onOpen?: (id: string) => void;
  /** Between the filters and the list. */
  readonly above?: ReactNode;
  /** In the place of the list: what has to be said first. */
  readonly instead?: ReactNode;
  readonly panel: ReactNode;
  /** Dialogs. */
  readonly children?: ReactNode;
}

/** The one page with filters, a list, and what is open in it. All of that stands in its link. */
export function ListPage<N, S extends LinkShape>(props: ListPageProps<N, S>) {
  const { title, purpose, actions, caption = title, link, filters = [], more, pages, ...rest } = props;
  const { onOpen, listClass, above, instead, panel, children, ...list } = rest;
  const { id = "" } = link.values as { readonly id?: string };
  const openId = list.openId ?? id;
  return (
    <Page title={title} purpose={purpose} asked={pages} actions={actions}>
      <div className="stack">
        {(filters.length > 0 || more !== undefined) && (
          <Filters link={link} filters={filters}>
            {more}
          </Filters>
        )}
        {above}
        <Split
          list={
            instead || (
              <div className={listClass}>
                <List
                  {...list}
                  caption={caption}
                  pages={pages}
                  openId={openId}
                  // From row to row is one step back to the list.
                  onOpen={(next) =>
                    onOpen === undefined ? link.set({ id: next } as never, { replace: openId !== "" }) : onOpen(next)
                  }
                />
              </div>
            )
          }
          panel={panel}
        />
      </div>
      {children}
    </Page>
  );
}
