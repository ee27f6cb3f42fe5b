import type { ReasonCode } from "../../generated/schema.ts";

/** What a decision goes through, in its order: what is asked as a whole, then each scope by itself. */
export const SCOPE_STAGES = ["SCOPE", "RULE", "CONSENT"] as const;
export type ScopeStage = (typeof SCOPE_STAGES)[number];

export const STAGE_WORDS: Readonly<Record<ScopeStage, string>> = { SCOPE: "Scope", RULE: "Rule", CONSENT: "Consent" };

/** Where a reason arises. PASS: why it was allowed; NOTICE: to know, and in nobody's way. */
const STAGE_OF: Readonly<Record<ReasonCode, ScopeStage | "REQUEST" | "PASS" | "NOTICE">> = {
  ALLOWED_BY_RULE: "PASS",
  ALLOWED_BY_PROTOCOL_SCOPES: "PASS",
  ALLOWED_BY_CONSENT: "PASS",
  UNKNOWN_CLIENT: "REQUEST",
  CLIENT_SUSPENDED: "REQUEST",
  SUSPENDED_FOR_REVIEW: "REQUEST",
  FACTS_DISAGREE: "REQUEST",
  PURPOSE_REQUIRED: "REQUEST",
  NO_SCOPES: "REQUEST",
  UNKNOWN_SCOPE: "SCOPE",
  SCOPE_NOT_ACTIVE: "SCOPE",
  SCOPE_RETIRED: "SCOPE",
  SCOPE_NOT_GRANTED: "SCOPE",
  SCOPE_DOES_NOT_COVER: "SCOPE",
  NO_MATCHING_RULE: "RULE",
  DENIED_BY_RULE: "RULE",
  CONSENT_REQUIRED: "CONSENT",
  CONSENT_REFUSED: "CONSENT",
  CONSENT_WITHDRAWN: "CONSENT",
  CONSENT_EXPIRED: "CONSENT",
  CONSENT_OTHER_PURPOSE: "CONSENT",
  CONSENT_OTHER_RECIPIENT: "CONSENT",
  CONSENT_DATA_EXCEPTED: "CONSENT",
  BREAK_GLASS_REQUIRED: "CONSENT",
  FACTS_REPLACED: "NOTICE",
  SCOPE_DEPRECATED: "NOTICE",
  SCOPE_NARROWED: "NOTICE",
  BREAK_GLASS: "NOTICE",
  CONDITION_ERROR: "NOTICE",
};

interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly scope: string | null;
  readonly parameters: unknown;
}

/** How far one scope came. */
export interface ScopeWay<R extends Reason> {
  readonly scope: string;
  /** Where it stopped. */
  readonly stoppedAt: ScopeStage;
  readonly reasons: readonly R[];
  /** It is for something else, or for nothing: whoever had it in force would not have come further by it. */
  readonly isElsewhere: boolean;
}

export interface Ways<R extends Reason> {
  /** What stands in the way whichever scope is presented. */
  readonly request: readonly R[];
  readonly scopes: readonly ScopeWay<R>[];
  readonly notices: readonly R[];
  /** Why it was allowed. */
  readonly passes: readonly R[];
}

const ELSEWHERE = new Set(["ACTION", "TYPE", "NO_ATOMS", "NO_TYPE"]);
const isElsewhere = ({ code, parameters }: Reason): boolean =>
  code === "UNKNOWN_SCOPE" ||
  (code === "SCOPE_DOES_NOT_COVER" &&
    ELSEWHERE.has((parameters as { readonly why?: { readonly because?: string } } | null)?.why?.because ?? ""));

/** The reasons of a decision by the scope that they are about, nearest to an ALLOW first, as the service lists them. */
export function waysOf<R extends Reason>(reasons: readonly R[]): Ways<R> {
  const inStage = (stage: string) => reasons.filter(({ code }) => STAGE_OF[code] === stage);
  const ofScope = new Map<string, R[]>();
  const request = inStage("REQUEST");
  for (const reason of reasons) {
    const stage = STAGE_OF[reason.code];
    if (!SCOPE_STAGES.includes(stage as ScopeStage)) continue;
    if (reason.scope === null) request.push(reason);
    else ofScope.set(reason.scope, [...(ofScope.get(reason.scope) ?? []), reason]);
  }
  const scopes = [...ofScope].map(([scope, found]) => {
    const stages = found.map(({ code }) => STAGE_OF[code]);
    // What fails at a stage is not looked at in the next.
    return {
      scope,
      reasons: found,
      stoppedAt: SCOPE_STAGES.find((stage) => stages.includes(stage)) ?? "SCOPE",
      isElsewhere: found.some(isElsewhere),
    };
  });
  return { request, scopes, notices: inStage("NOTICE"), passes: inStage("PASS") };
}
