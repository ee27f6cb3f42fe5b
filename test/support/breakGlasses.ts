import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";

/** An emergency as it is kept: `portal` opened it for rose and ann's data in the ward at 10, until 1,000. */
export const keptBreakGlass = (id: string, more: Partial<KeptBreakGlass> = {}): KeptBreakGlass => ({
  id,
  subject: { type: "user", id: "rose" },
  patient: "ann",
  organization: "ward",
  reason: "a test",
  openedBy: { callerId: "key:portal", subject: { type: "client", id: "portal", issuer: null } },
  startedAt: 10,
  endsAt: 1_000,
  reviewDueAt: 2_000,
  ended: null,
  review: null,
  ...more,
});

export const reviewedBy = (who: string, at = 1_500): NonNullable<KeptBreakGlass["review"]> => ({
  at,
  by: { callerId: `key:${who}`, subject: { type: "user", id: who, issuer: null } },
  justified: true,
  text: "I have looked at it",
});
