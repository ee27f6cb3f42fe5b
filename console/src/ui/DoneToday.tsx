import { useState } from "react";
import { useAsk } from "../api/useAsk.ts";
import type { CaseKind } from "../generated/schema.ts";
import { serviceNow } from "../session/session.ts";
import { DoneSince } from "./done.graphql.ts";
import { count } from "./words.ts";

const DONE: Readonly<Record<CaseKind, readonly [one: string, many: string]>> = {
  ACCESS_REQUEST: ["access request answered", "access requests answered"],
  ACCOUNTING_SUSPENSION: ["suspended accounting ended", "suspended accountings ended"],
  ALERT: ["alert closed", "alerts closed"],
  BREAK_GLASS: ["emergency reviewed", "emergencies reviewed"],
  CONSENT_REQUEST: ["consent request answered", "consent requests answered"],
  INQUIRY: ["question answered or withdrawn", "questions answered or withdrawn"],
  LEGAL_HOLD: ["legal hold lifted", "legal holds lifted"],
  PROPOSAL: ["proposal decided", "proposals decided"],
  RESTRICTION: ["restriction lifted", "restrictions lifted"],
  REVIEW_CAMPAIGN: ["access review closed", "access reviews closed"],
  REVIEW_ITEM: ["item of a review decided", "items of reviews decided"],
  SAMPLE: ["sample judged", "samples judged"],
  TOKEN_REVOCATION: ["revocation of tokens ended", "revocations of tokens ended"],
};

/** What was done since midnight, by whomever: what an empty inbox says. `kind`: of one kind alone. */
export function DoneToday({ kind }: { readonly kind?: CaseKind }) {
  const [since] = useState(() => {
    const midnight = serviceNow();
    midnight.setHours(0, 0, 0, 0);
    return midnight.toISOString();
  });
  const { data } = useAsk(DoneSince, { since });
  if (data === undefined) return null;
  const done = data.casesDone.filter((each) => kind === undefined || each.kind === kind);
  const words = done.map((each) => count(each.count, ...DONE[each.kind]));
  const nothing = kind === undefined ? "Nothing was decided today." : `No ${DONE[kind][0]} today.`;
  return <p className="muted">{words.length === 0 ? nothing : `Today: ${words.join(", ")}.`}</p>;
}
