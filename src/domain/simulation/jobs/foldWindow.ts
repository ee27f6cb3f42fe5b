import { endOf, type Page } from "../../kernel/pages.ts";
import { dayStart } from "../../kernel/time.ts";
import { DAY_MS } from "../../policy/use.ts";
import type { Tell } from "./job.ts";

/** Decisions of one page: how far a run goes on before it looks whether to stop. */
const PAGE = 500;

/** How far a run over a window goes. */
export interface RunBounds {
  /** Asked before each page is read; true: what was read by then is what is answered. */
  readonly isTimeUp: () => boolean;
  /** Told after each page. */
  readonly tell?: Tell;
}

/** A window of decisions, and what becomes of them. */
interface Window<Item, Key> {
  readonly pageAfter: (page: { readonly first: number; readonly after: Key | null }) => Promise<Page<Item, Key>>;
  /** After what it begins; null: with the first. */
  readonly start: Key | null;
  /** Absent: all that there are. */
  readonly most?: number;
  /** When a decision was made, and when the first and the last of the window were. */
  readonly timeOf: (item: Item) => number;
  readonly first: number;
  readonly last: number;
  readonly fold: (items: readonly Item[]) => Promise<void>;
}

/** Hands over the decisions of a window page by page. Answers with how many were read, and whether those are all. */
export async function foldWindow<Item, Key>(
  { first, fold, last, most = Number.POSITIVE_INFINITY, pageAfter, start, timeOf }: Window<Item, Key>,
  { isTimeUp, tell = () => {} }: RunBounds,
): Promise<{ readonly read: number; readonly complete: boolean }> {
  let read = 0;
  let complete = false;
  const pageFrom = (after: Key | null) => pageAfter({ first: Math.min(PAGE, most - read), after });
  let next = most > 0 && !isTimeUp() ? pageFrom(start) : null;
  while (next !== null) {
    const page = await next;
    const items = page.items.map(({ node }) => node);
    const [end, newest] = [endOf(page), items.at(-1)];
    read += items.length;
    complete = !page.hasNextPage;
    // The next page is read while this one is folded.
    next = complete || end === null || read >= most || isTimeUp() ? null : pageFrom(end);
    try {
      await fold(items);
    } catch (error) {
      // Nothing is read any more once the caller is told.
      await next?.catch(() => {});
      throw error;
    }
    // By whole days: between them it would tell when a decision was made.
    if (newest !== undefined) {
      const days = (to: number): number => Math.abs(dayStart(to) - dayStart(first)) / DAY_MS;
      tell(Math.min(1, days(timeOf(newest)) / (days(last) + 1)), read);
    }
  }
  return { read, complete };
}
