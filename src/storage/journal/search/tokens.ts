import { hash } from "node:crypto";
import type { DecisionFilter } from "../../../domain/decisions/types.ts";
import { networksAround, tokenNetworkOf } from "../../../domain/kernel/ipAddress.ts";
import { SEARCH_SECRET } from "../../database/baseline/search.ts";
import type { IndexedDecision } from "./indexedDecision.ts";

/** What of a decision is a token of its own: by these words it is found. */
export type Facet =
  | Exclude<keyof DecisionFilter, "from" | "to" | "decisiveReason">
  /** Whether its values were erased, or whether it is an access that names nobody: `yes`. */
  | "erased"
  | "namesNobody";

/** Digits of a token: 60 bits, so that PostgreSQL keeps it as a number. */
const DIGITS = 15;

/**
 * The token of a value, in hexadecimal digits: it tells nothing of the value to who lacks the secret, as patients' numbers are soon guessed
 * from a plain hash. So short a part of a hash can't be continued, for which a secret before a text would else be too little.
 */
export const token = (secret: string, facet: Facet, value: string): string =>
  hash("sha256", `${secret}${facet} ${value}`, "hex").slice(0, DIGITS);

export const SECRET_SQL = `SELECT "value" FROM service_secret WHERE "name" = '${SEARCH_SECRET}'`;

type Named = readonly [facet: Facet, value: string | null];

/** All by which a decision is found, each once. A scope is any on which the answer rests. */
export function tokensOf(secret: string, decision: IndexedDecision): readonly string[] {
  const { ipAddress, kind, patients } = decision;
  const named: readonly Named[] = [
    ["kind", kind],
    ["callerId", decision.callerId],
    ["clientId", decision.clientId],
    ["subjectId", decision.subjectId],
    ["subjectType", decision.subjectType],
    ["resourceType", decision.resourceType],
    ["resourceId", decision.resourceId],
    ["purposeOfUse", decision.purposeOfUse],
    ["organization", decision.organization],
    ["partOf", decision.partOf],
    ["outcome", decision.outcome],
    ["ipAddress", ipAddress],
    ["erased", decision.erased ? "yes" : null],
    ["namesNobody", kind === "ACCESS" && !decision.erased && patients.length === 0 ? "yes" : null],
    ...patients.map((patient) => ["patient", patient] as const),
    ...decision.scopes.map((scope) => ["scope", scope] as const),
    ...decision.reasons.map((reason) => ["reason", reason] as const),
    ...decision.rules.map((rule) => ["ruleId", rule] as const),
    ...(ipAddress === null ? [] : networksAround(ipAddress)).map((network) => ["network", network] as const),
  ];
  const tokens = named.flatMap(([facet, value]) => (value === null ? [] : [token(secret, facet, value)]));
  return [...new Set(tokens)];
}

/** The tokens that all decisions of a filter have; none: it asks for no more than a time, or for a network that is too wide. */
export function tokensOfFilter(
  secret: string,
  { decisiveReason, from: _, network, outcome, to: __, ...equal }: DecisionFilter,
  parts: boolean,
): readonly string[] {
  const around = network === undefined ? null : tokenNetworkOf(network);
  return [
    // An entry of a search is found by as what it counts.
    ...(outcome === undefined || parts ? [] : [token(secret, "outcome", outcome)]),
    ...Object.entries(equal).map(([facet, value]) => token(secret, facet as Facet, value as string)),
    // It is one of the reasons; which of them is decisive the record tells.
    ...(decisiveReason === undefined ? [] : [token(secret, "reason", decisiveReason)]),
    ...(around === null ? [] : [token(secret, "network", around)]),
  ];
}
