import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { errors, interactionPolicy, type KoaContextWithOIDC, Provider } from "oidc-provider";
import { APPS, appOf } from "./clients.ts";
import {
  askSignOut,
  type ConsoleSettings,
  consoleClient,
  consoleGrant,
  consoleResource,
  employeeClaims,
  employeeOf,
  isConsole,
} from "./console.ts";
import { languagesOf } from "./exchange.ts";
import { personOf } from "./people.ts";
import { type Connection, decideGrant, questionOf } from "./scopewarden.ts";
import { createTokenDecisions } from "./tokenDecisions.ts";

/** Scopes that speak of the login and the token; all others speak of the resource server's data. */
export const PROTOCOL_SCOPES: readonly string[] = ["openid", "profile", "fhirUser", "launch/patient", "offline_access"];

export interface Settings {
  readonly issuer: string;
  /** The resource server's base URL: the audience of its tokens. */
  readonly resource: string;
  readonly redirectUri: string;
  /** With a key of the role `service`. */
  readonly scopewarden: Connection;
  /** The same place, with a key of the role `consent`: it answers for patients, and asks nothing. */
  readonly consent: Connection;
  readonly console: ConsoleSettings;
}

/** oidc-provider, where every token is decided by Scopewarden: see the places marked "Scopewarden". */
export async function createProvider(settings: Settings): Promise<Provider> {
  const { console: consoleSettings, issuer, resource, redirectUri, scopewarden } = settings;
  const decisionFor = createTokenDecisions(scopewarden);
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });

  const provider: Provider = new Provider(issuer, {
    clients: [
      ...APPS.map(({ id, name, secret }) => ({
        client_id: id,
        client_name: name,
        client_secret: secret,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code" as const],
      })),
      consoleClient(consoleSettings),
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: "development" }] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    scopes: PROTOCOL_SCOPES,
    claims: { openid: ["sub"], profile: ["name"], fhirUser: ["fhirUser"] },
    // SMART apps look for `fhirUser` in the id_token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    // The page of a public client, and no other, may read what the token endpoint answers it.
    clientBasedCORS: (ctx, origin) => isConsole(ctx) && origin === new URL(consoleSettings.url).origin,
    issueRefreshToken: (ctx, client, { scopes }) =>
      isConsole(ctx) || (client.grantTypeAllowed("refresh_token") && scopes.has("offline_access")),
    loadExistingGrant: (ctx) => {
      if (isConsole(ctx)) return consoleGrant(provider, ctx);
      const { client, result, session } = ctx.oidc;
      const id = result?.consent?.grantId ?? session?.grantIdFor(client?.clientId ?? "");
      return id === undefined ? undefined : provider.Grant.find(id);
    },
    // SMART's name for the resource server.
    extraParams: {
      aud: (_ctx, value) => {
        if (value !== undefined && value !== resource) throw new errors.InvalidTarget(`aud must be ${resource}`);
      },
    },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: askSignOut },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => (isConsole(ctx) ? consoleSettings.audience : resource),
        useGrantedResource: () => true,
        async getResourceServerInfo(ctx, indicator) {
          if (isConsole(ctx) && indicator === consoleSettings.audience) return consoleResource(consoleSettings);
          if (isConsole(ctx) || indicator !== resource) throw new errors.InvalidTarget();
          return {
            accessTokenFormat: "jwt",
            // SMART scopes can't be listed: each that is asked for may be one. What is granted, Scopewarden says.
            scope: ((ctx.oidc.params?.scope ?? "") as string)
              .split(" ")
              .filter((scope) => !PROTOCOL_SCOPES.includes(scope))
              .join(" "),
            // Scopewarden: a token lives no longer than what it stands on.
            ...(ctx.oidc.route === "token" ? { accessTokenTTL: (await decisionFor(ctx)).lifetime } : {}),
          };
        },
      },
    },
    // Scopewarden: asked here already, so that a refresh token is used up only when there is a new one.
    async rotateRefreshToken(ctx) {
      if (!isConsole(ctx)) await decisionFor(ctx);
      return true;
    },
    formats: {
      customizers: {
        // Scopewarden: the token carries what is granted now, be it less than what was agreed to.
        async jwt(ctx, token, parts) {
          if (isConsole(ctx)) return void Object.assign(parts.payload, employeeClaims(consoleSettings, ctx));
          const { scope, patient, purposeOfUse } = await decisionFor(ctx);
          token.scope = scope;
          Object.assign(parts.payload, { scope, patient, purpose_of_use: purposeOfUse });
        },
      },
    },
    findAccount(ctx, id) {
      if (isConsole(ctx)) {
        const employee = employeeOf(consoleSettings, id);
        if (employee === undefined) return undefined;
        return { accountId: id, claims: () => ({ sub: id, name: employee.name }) };
      }
      const person = personOf(id);
      if (person === undefined) return undefined;
      return {
        accountId: person.id,
        claims: () => ({ sub: person.id, name: person.name, fhirUser: `${resource}/Patient/${person.patient.id}` }),
      };
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}`, policy: policyOf(settings) },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 600,
      AuthorizationCode: 60,
      Grant: 30 * 24 * 60 * 60,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 30 * 24 * 60 * 60,
      Session: 24 * 60 * 60,
    },
  });
  provider.use(asSmartAppsExpect(decisionFor));
  return provider;
}

/**
 * When a person sees a page: as oidc-provider says, and where a consent is missing. What was agreed to once says nothing
 * of now: a consent that was withdrawn is asked for again, though this server has its grant still.
 */
function policyOf({ console: consoleSettings, scopewarden }: Settings): interactionPolicy.DefaultPolicy {
  const { base, Check } = interactionPolicy;
  const policy = base();
  const check = new Check("consent_missing", "the patient is to be asked", "consent_required", async (ctx) => {
    const { client, session, requestParamScopes, result } = ctx.oidc;
    const app = appOf(client?.clientId);
    const person = personOf(session?.accountId);
    // Whom the page has asked is not asked again; who has no grant yet sees the page as it is.
    if (result?.consent !== undefined || app === undefined || person === undefined) return Check.NO_NEED_TO_PROMPT;
    if (session?.grantIdFor(app.id) === undefined) return Check.NO_NEED_TO_PROMPT;
    try {
      // Scopewarden: is anything missing that the patient could give?
      const question = { ...questionOf(app, person, requestParamScopes), languages: languagesOf(ctx.req) };
      const { consentRequest } = await decideGrant(scopewarden, question);
      return consentRequest !== null;
    } catch {
      // The page asks again, and says what is wrong.
      return Check.REQUEST_PROMPT;
    }
  });
  policy.get("consent")?.checks.add(check);
  // The session may be somebody's who is unknown to this client: patients are no staff.
  const known = new Check("somebody_else", "another person is to log in", "login_required", (ctx) => {
    const id = ctx.oidc.session?.accountId;
    return (isConsole(ctx) ? employeeOf(consoleSettings, id) : personOf(id)) === undefined;
  });
  policy.get("login")?.checks.add(known);
  return policy;
}

/** What SMART App Launch does otherwise than OpenID Connect. */
function asSmartAppsExpect(decisionFor: ReturnType<typeof createTokenDecisions>) {
  return async (ctx: KoaContextWithOIDC, next: () => Promise<unknown>): Promise<void> => {
    // OpenID Connect drops `offline_access` without it, and SMART apps don't know that.
    if (ctx.path === "/auth" && ctx.query.prompt === undefined && `${ctx.query.scope}`.includes("offline_access"))
      ctx.query = { ...ctx.query, prompt: "consent" };
    await next();
    // The launch context stands beside the token, for an app that can't read it; and what OpenID Grant Management calls
    // the grant: the patient's consent.
    if (ctx.oidc?.route === "token" && ctx.status === 200 && !isConsole(ctx)) {
      const { patient, grantId } = await decisionFor(ctx);
      Object.assign(ctx.body as object, { patient, ...(grantId === null ? {} : { grant_id: grantId }) });
    }
  };
}
