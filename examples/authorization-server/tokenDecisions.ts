import { errors, type KoaContextWithOIDC } from "oidc-provider";
import { appOf } from "./clients.ts";
import { personOf } from "./people.ts";
import {
  BadQuestion,
  type Connection,
  decideGrant,
  type GrantDecision,
  questionOf,
  Unavailable,
} from "./scopewarden.ts";

/** What a token may carry, as decided now. */
export interface TokenDecision {
  readonly scope: string;
  readonly patient: string;
  /** The consent that it rests on, by which a portal withdraws it; null: none. */
  readonly grantId: string | null;
  readonly purposeOfUse: string;
  /** In seconds. */
  readonly lifetime: number;
}

const LIFETIME_S = 600;

/** Until the first of what the token carries ends; `LIFETIME_S` at most, and 1 at least, as a token must live. */
function lifetimeOf({ scopes }: GrantDecision): number {
  const ends = scopes.flatMap(({ validUntil }) => (validUntil === null ? [] : [Date.parse(validUntil)]));
  const seconds = Math.floor((Math.min(...ends) - Date.now()) / 1000);
  return Math.max(1, Math.min(LIFETIME_S, seconds));
}

async function ask(connection: Connection, ctx: KoaContextWithOIDC): Promise<TokenDecision> {
  const { client, entities, params, requestParamScopes } = ctx.oidc;
  const agreed = entities.RefreshToken ?? entities.AuthorizationCode;
  const app = appOf(client?.clientId);
  const person = personOf(agreed?.accountId);
  if (agreed === undefined || app === undefined || person === undefined) throw new errors.InvalidGrant();
  const isRefresh = entities.RefreshToken !== undefined;
  // Never more than the person agreed to; at a refresh the app may ask for less.
  const asked = params?.scope ? requestParamScopes : agreed.scopes;
  let decision: GrantDecision;
  try {
    // A refresh wants the scope for it, whatever else the app asks for.
    const scopes = new Set([...asked, ...(isRefresh ? ["offline_access"] : [])]);
    decision = await decideGrant(connection, questionOf(app, person, scopes));
  } catch (error) {
    if (error instanceof BadQuestion) throw new errors.InvalidScope(error.message, "");
    if (!(error instanceof Unavailable)) throw error;
    ctx.set("retry-after", "5");
    const refusal = new errors.TemporarilyUnavailable("no decision could be made; try again");
    throw Object.assign(refusal, { status: 503, statusCode: 503 });
  }
  const granted = decision.scope?.split(" ") ?? [];
  const scope = granted.filter((each) => each !== "offline_access" || asked.has(each)).join(" ");
  if (scope === "" || (isRefresh && !granted.includes("offline_access"))) {
    // The app is told that it must start over; why stands in Scopewarden's journal under this id.
    const why = `nothing of what was agreed to may be granted now (decision ${decision.id})`;
    throw Object.assign(new errors.InvalidGrant(decision.summary), { error_description: why });
  }
  const { purposeOfUse } = app;
  return { scope, patient: person.patient.id, grantId: decision.grantId, purposeOfUse, lifetime: lifetimeOf(decision) };
}

/** Decides once for each request to the token endpoint, whoever asks first. */
export function createTokenDecisions(connection: Connection): (ctx: KoaContextWithOIDC) => Promise<TokenDecision> {
  const decided = new WeakMap<object, Promise<TokenDecision>>();
  return (ctx) => {
    const decision = decided.get(ctx) ?? ask(connection, ctx);
    decided.set(ctx, decision);
    return decision;
  };
}
