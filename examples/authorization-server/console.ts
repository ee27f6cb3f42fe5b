import type { ClientMetadata, KoaContextWithOIDC, Provider } from "oidc-provider";
import { page } from "./pages.ts";
import { type Employee, readStaff } from "./staff.ts";

/** Scopewarden's own pages, at which its staff sign in: a public client, as nothing in a browser is secret. */
export interface ConsoleSettings {
  /** The origin of the pages. */
  readonly url: string;
  /** Of the tokens: SCOPEWARDEN_JWT_AUDIENCE, or `audience` of the issuers' file. */
  readonly audience: string;
  readonly staffFile: string;
  /** Seconds; a role that is taken away is felt by then. */
  readonly tokenLifetime: number;
}

export const CONSOLE_ID = "scopewarden-console";

export const isConsole = ({ oidc }: KoaContextWithOIDC): boolean => oidc.client?.clientId === CONSOLE_ID;

export const consoleClient = ({ url }: ConsoleSettings): ClientMetadata => ({
  client_id: CONSOLE_ID,
  client_name: "Scopewarden",
  token_endpoint_auth_method: "none",
  redirect_uris: [`${url}/console/signed-in`],
  post_logout_redirect_uris: [`${url}/console/`, `${url}/playground`],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
});

/** What its access tokens are (RFC 9068); they carry roles, which are no scopes. */
export const consoleResource = ({ tokenLifetime }: ConsoleSettings) => ({
  accessTokenFormat: "jwt" as const,
  accessTokenTTL: tokenLifetime,
  scope: "",
});

export const employeeOf = (settings: ConsoleSettings, id: unknown): Employee | undefined =>
  readStaff(settings.staffFile).find((employee) => employee.id === id);

/** What a token says of its bearer as of now; nothing of who is no employee any more. */
export function employeeClaims(settings: ConsoleSettings, ctx: KoaContextWithOIDC): Readonly<Record<string, unknown>> {
  const agreed = ctx.oidc.entities.RefreshToken ?? ctx.oidc.entities.AuthorizationCode;
  const employee = employeeOf(settings, agreed?.accountId);
  return employee === undefined
    ? {}
    : { auth_time: agreed?.authTime, name: employee.name, preferred_username: employee.id, roles: employee.roles };
}

/** The house's own page is not asked of anybody: whoever is an employee may use it. */
export async function consoleGrant(provider: Provider, { oidc }: KoaContextWithOIDC) {
  const grant = new provider.Grant({ clientId: CONSOLE_ID, accountId: oidc.session?.accountId ?? "" });
  grant.addOIDCScope("openid profile");
  await grant.save();
  return grant;
}

/** Asks before it ends the session: any page could send somebody here. */
export function askSignOut(ctx: KoaContextWithOIDC, form: string): void {
  ctx.set("content-security-policy", "frame-ancestors 'none'");
  ctx.body = page(
    "Sign out?",
    `${form}<p><button form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button form="op.logoutForm">Stay signed in here</button></p>`,
  );
}
