import { useEffect } from "react";
import type { Pages } from "../../api/useAsk.ts";

/** So many pages are asked one after the other; more by a button. */
const MOST = 12;

/** Goes on until a list is whole, so that what is counted of it is right. False: it is not yet. */
export function useWhole(
  {
    hasMore,
    isAsking,
    more,
    error,
    rows,
  }: Pick<Pages<unknown, unknown>, "hasMore" | "isAsking" | "more" | "error" | "rows">,
  pageSize: number,
): boolean {
  useEffect(() => {
    if (hasMore && !isAsking && error === null && rows.length < MOST * pageSize) more();
  }, [hasMore, isAsking, error, rows.length, more, pageSize]);
  return !hasMore;
}
