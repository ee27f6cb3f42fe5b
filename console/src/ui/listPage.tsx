import type { ReactNode } from "react";
import { Button } from "./buttons.tsx";
import { type Filter, Filters } from "./filters.tsx";
import type { LinkShape, LinkState } from "./link.ts";
import { List, type ListProps } from "./list.tsx";
import { Page, type PageProps } from "./page.tsx";
import { Panel, Split } from "./panel.tsx";

/** What can be begun here, in a panel as another that is open: the link has the member `new`. */
interface Begin {
  /** Of the button and of the panel: "New scope". */
  readonly label: string;
  readonly look?: "primary" | "danger";
  readonly k?: string;
  readonly form: (close: () => void) => ReactNode;
}

interface ListPageProps<N, S extends LinkShape>
  extends Pick<PageProps, "title" | "purpose">,
    Omit<ListProps<N>, "caption" | "onOpen" | "pages"> {
  /** What the rows are, for who can't see the table; absent: what the title says. */
  readonly caption?: string;
  readonly link: LinkState<S>;
  /** False: who is here may not. */
  readonly begin?: Begin | false;
  readonly filters?: readonly Filter[];
  /** Beside the filters. */
  readonly more?: ReactNode;
  readonly pages: ListProps<N>["pages"] & NonNullable<PageProps["asked"]>;
  /** Of the list, for styles of its own. */
  readonly listClass?: string;
  /** What becomes of the link when a row is opened; absent: its member `id` is the row's. */
  readonly opens?: (id: string) => Partial<Record<keyof S & string, string>>;
  /** What has just been done here, and may be undone: above the list, and on a phone at the foot of what covers the list. */
  readonly said?: ReactNode;
  /** Between the filters and the list. */
  readonly above?: ReactNode;
  /** In the place of the list: what has to be said first. */
  readonly instead?: ReactNode;
  readonly panel: ReactNode;
  /** Below the list. */
  readonly children?: ReactNode;
}

/** The one page with filters, a list, and what is open in it. All of that stands in its link. */
export function ListPage<N, S extends LinkShape>(props: ListPageProps<N, S>) {
  const { title, purpose, caption = title, link, filters = [], more, pages, ...rest } = props;
  const { begin = false, opens, listClass, said, above, instead, panel, children, ...list } = rest;
  const { id = "", new: isNew = "" } = link.values as { readonly id?: string; readonly new?: string };
  const set = link.set as LinkState<LinkShape>["set"];
  const begun = isNew !== "" && begin;
  const openId = begun ? "" : (list.openId ?? id);
  const close = () => set({ new: "" });
  const rowAt = (next: string) =>
    ({ ...(opens?.(next) ?? { id: next }), ...(begun && { new: "" }) }) as Partial<Record<keyof S & string, string>>;
  return (
    <Page
      title={title}
      purpose={purpose}
      {...(!instead && { asked: pages })}
      actions={
        begin && (
          <Button k={begin.k ?? "n"} {...(begin.look && { look: begin.look })} onPress={() => set({ new: "1" })}>
            {begin.label}
          </Button>
        )
      }
    >
      <div className="stack">
        {(filters.length > 0 || more !== undefined) && (
          <Filters link={link} filters={filters}>
            {more}
          </Filters>
        )}
        {said && <div className="list-said">{said}</div>}
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
                  hrefOf={(next) => link.href(rowAt(next))}
                  // From row to row is one step back to the list.
                  onOpen={(next) => set(rowAt(next), { replace: openId !== "" || begun !== false })}
                />
              </div>
            )
          }
          panel={
            begun ? (
              <Panel label={begin.label} title={begin.label} onClose={close}>
                {begin.form(close)}
              </Panel>
            ) : (
              panel
            )
          }
        />
        {children}
      </div>
    </Page>
  );
}
