import type { ReactNode } from "react";
import type { Asked } from "../api/useAsk.ts";
import { Failed, Loading } from "./feedback.tsx";

/** What came of a question: that it failed, that it is under way, or the answer, which stays while it is asked anew. */
export function Answer<R>({
  of: { data, error, isPending, refresh },
  rows = 6,
  children,
}: {
  readonly of: Pick<Asked<R>, "data" | "error" | "isPending" | "refresh">;
  readonly rows?: number;
  readonly children: (answer: R) => ReactNode;
}) {
  if (data !== undefined) return <>{children(data)}</>;
  if (error !== null) return <Failed error={error} retry={refresh} />;
  return isPending ? <Loading rows={rows} /> : null;
}
