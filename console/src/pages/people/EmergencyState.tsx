import { Chip } from "../../ui/marks.tsx";
import { dueWords, fromNow } from "../../ui/when.tsx";
import type { EmergencyRow } from "./emergencies.graphql.ts";

/** How an emergency stands, in the words that say what to do about it. */
export function EmergencyState({ of }: { readonly of: EmergencyRow }) {
  if (of.state === "OPEN") return <Chip tone="bad">Open, ends {fromNow(of.until)}</Chip>;
  if (of.verdict === "NOT_JUSTIFIED") return <Chip tone="bad">Not justified</Chip>;
  if (of.verdict !== null) return <Chip tone="good">Justified</Chip>;
  const due = dueWords(of.reviewDueAt);
  return <Chip tone={due.startsWith("overdue") ? "bad" : "wait"}>{due.charAt(0).toUpperCase() + due.slice(1)}</Chip>;
}
