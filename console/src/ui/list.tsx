import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Pages } from "../api/useAsk.ts";
import { Button } from "./buttons.tsx";
import { Failed, Loading } from "./feedback.tsx";
import { useKeys } from "./keys.tsx";
import { PlainNames } from "./names.tsx";
import { Room } from "./room.ts";

export interface Column<N> {
  readonly name: string;
  readonly cell: (row: N) => ReactNode;
  /** Figures are set to the right. */
  readonly isNumber?: boolean;
  /** What names the row: it opens it, and stands first on a phone. */
  readonly isMain?: boolean;
  /** Left out on a phone. */
  readonly isMinor?: boolean;
  /** Left out beside a panel, as a minor one is: the panel has it. */
  readonly isSpare?: boolean;
}

export interface ListProps<N> {
  /** What the rows are, for who can't see the table: "Alerts". */
  readonly caption: string;
  readonly pages: Pick<
    Pages<N, unknown>,
    "rows" | "hasMore" | "more" | "error" | "isPending" | "isAsking" | "refresh"
  > & { readonly totalCount?: number | null };
  readonly columns: readonly Column<N>[];
  readonly idOf: (row: N) => string;
  /** What is shown where there is no row: say what that means and what was looked at. */
  readonly empty: ReactNode;
  /** The row that is open; "" for none. With `onOpen` rows open by click, Enter, j and k. */
  readonly openId?: string;
  readonly onOpen?: (id: string) => void;
  /** Where that leads, if it stands in the address: the row's title is then a link. */
  readonly hrefOf?: (id: string) => string;
}

/** From so many rows on only those near the window are made. */
const VIRTUAL_FROM = 200;
const ROW_HEIGHT = 37;

/** What names a row and opens it: a link, which opens in another tab as any does, where what is open stands in the address. */
function RowTitle({
  isOpen,
  onOpen,
  href,
  children,
}: {
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly href: string | undefined;
  readonly children: ReactNode;
}) {
  const common = { className: "row-open", "aria-expanded": isOpen };
  const text = <PlainNames.Provider value={true}>{children}</PlainNames.Provider>;
  if (href === undefined)
    return (
      <button type="button" {...common} onClick={onOpen}>
        {text}
      </button>
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button has no address
    <a
      {...common}
      role="button"
      href={href}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onOpen();
      }}
      onKeyDown={(event) => {
        if (event.key !== " ") return;
        event.preventDefault();
        onOpen();
      }}
    >
      {text}
    </a>
  );
}

/** The one list: keyset pages, keys, empty and failed states. On a phone each row is a card. */
export function List<N>({ caption, pages, columns, idOf, empty, openId = "", onOpen, hrefOf }: ListProps<N>) {
  const { rows, hasMore, more, error, isPending, isAsking, refresh } = pages;
  const body = useRef<HTMLTableSectionElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => setMargin((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY), []);
  const isVirtual = rows.length > VIRTUAL_FROM;
  const virtual = useWindowVirtualizer({
    count: isVirtual ? rows.length : 0,
    estimateSize: () => ROW_HEIGHT,
    overscan: 20,
    scrollMargin: margin,
  });
  const shown = isVirtual ? virtual.getVirtualItems() : null;
  const before = shown === null ? 0 : Math.max(0, (shown[0]?.start ?? margin) - margin);
  const after = shown === null ? 0 : virtual.getTotalSize() - ((shown.at(-1)?.end ?? margin) - margin);
  const at = rows.findIndex((row) => idOf(row) === openId);
  const step = (by: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next !== undefined) onOpen?.(idOf(next));
  };
  useKeys(
    onOpen === undefined || rows.length === 0
      ? {}
      : {
          j: { words: "Next row", run: () => step(1) },
          k: { words: "Previous row", run: () => step(-1) },
        },
  );
  useEffect(() => {
    if (openId !== "")
      document.querySelector(`tr[data-row="${CSS.escape(openId)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [openId]);

  if (error !== null && rows.length === 0) return <Failed error={error} retry={refresh} />;
  if (isPending) return <Loading rows={8} />;
  if (rows.length === 0) return <>{empty}</>;
  const main = Math.max(
    0,
    columns.findIndex(({ isMain }) => isMain),
  );
  const isPicked = onOpen !== undefined;
  const rowOf = (row: N, index: number) => {
    const id = idOf(row);
    return (
      <tr
        key={id}
        data-row={id}
        data-index={index}
        {...(isVirtual && { ref: virtual.measureElement })}
        className={`${id === openId ? "open" : ""} ${isPicked ? "picked" : ""}`}
        {...(isPicked && {
          onClick: (event) => {
            if (
              (event.target as HTMLElement).closest("a, button, form, input, label") === null &&
              window.getSelection()?.isCollapsed !== false
            )
              onOpen(id);
          },
        })}
      >
        {columns.map((column, i) => (
          <td
            key={column.name}
            data-label={column.name}
            className={`${column.isNumber ? "number" : ""} ${column.isMinor ? "minor" : ""} ${column.isSpare ? "spare" : ""} ${i === main ? "main" : ""}`}
          >
            {i === main && isPicked ? (
              <RowTitle isOpen={id === openId} onOpen={() => onOpen(id)} href={hrefOf?.(id)}>
                {column.cell(row)}
              </RowTitle>
            ) : (
              column.cell(row)
            )}
          </td>
        ))}
      </tr>
    );
  };
  return (
    <Room.Provider value={isPicked ? "row" : "text"}>
      <table className="list" aria-busy={isAsking}>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={`${column.isNumber ? "number" : ""} ${column.isMinor ? "minor" : ""} ${column.isSpare ? "spare" : ""}`}
              >
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {before > 0 && <tr style={{ height: before }} />}
          {shown === null ? rows.map(rowOf) : shown.map(({ index }) => rowOf(rows[index] as N, index))}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
      {error !== null && <Failed error={error} retry={more} />}
      {hasMore && error === null && (
        <div className="more">
          <Button onPress={more} isDisabled={isAsking}>
            {isAsking ? "Asking…" : "Show more"}
          </Button>
          <span className="muted number">{rows.length.toLocaleString("en-US")} shown</span>
        </div>
      )}
    </Room.Provider>
  );
}

/** Rows that are all there, as `List` takes them. */
export const allRows = <N, A extends Omit<ListProps<N>["pages"], "rows" | "hasMore" | "more">>(
  rows: readonly N[] | undefined,
  asked: A,
): A & Pick<ListProps<N>["pages"], "rows" | "hasMore" | "more"> => ({
  ...asked,
  rows: rows ?? [],
  hasMore: false,
  more: () => undefined,
});

/** Rows that came with something else. */
export const ready = <N,>(rows: readonly N[]) =>
  allRows(rows, { error: null, isPending: false, isAsking: false, refresh: () => undefined });
