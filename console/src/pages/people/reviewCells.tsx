import { Share } from "../../ui/charts.tsx";
import { Chip } from "../../ui/marks.tsx";
import { dueWords } from "../../ui/when.tsx";
import type { ReviewRow } from "./reviews.graphql.ts";

/** What a review is about, in words. */
export function reviewSubject({ client, clientId, organization, role, subjectId, unusedForDays }: ReviewRow): string {
  const parts = [
    role !== null && `the role ${role}`,
    organization !== null && `roles at ${organization}`,
    clientId !== null && (client?.name ?? clientId),
    subjectId !== null && subjectId,
    unusedForDays !== null && `unused for ${unusedForDays} days`,
  ];
  return parts.filter(Boolean).join(", ") || "the access behind an alert";
}

export function ReviewState({ of: { dueAt, state, undecided } }: { readonly of: ReviewRow }) {
  if (state === "CLOSED") return <Chip>Over</Chip>;
  if (state === "PROPOSED") return <Chip tone="wait">Waits for its proposal</Chip>;
  if (undecided === 0) return <Chip tone="good">All decided</Chip>;
  const due = dueWords(dueAt);
  return <Chip tone={due.startsWith("overdue") ? "bad" : "wait"}>{due.charAt(0).toUpperCase() + due.slice(1)}</Chip>;
}

export const Decided = ({ of: { decided, itemCount } }: { readonly of: ReviewRow }) => (
  <span className="people-share">
    <Share of={decided} most={itemCount} />
    <span className="number">
      {decided.toLocaleString("en-US")} of {itemCount.toLocaleString("en-US")}
    </span>
  </span>
);
