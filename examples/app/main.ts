/** A SMART app for one person at a time, to try the two servers with: see ../README.md. */
import { createServer, type ServerResponse } from "node:http";
import * as client from "openid-client";

const { PORT = "4004", ISSUER = "http://127.0.0.1:4002", FHIR_URL = "http://127.0.0.1:4003/fhir" } = process.env;
const { CLIENT_ID = "patient-app", CLIENT_SECRET = "secret-of-the-patient-app" } = process.env;
const { SCOPE = "openid patient/Observation.rs offline_access" } = process.env;
const own = `http://127.0.0.1:${PORT}`;

/** What was asked for and is not answered yet: by `state`, the secret that the code is exchanged with. */
const asked = new Map<string, string>();
let tokens: client.TokenEndpointResponse | null = null;

const configuration = () =>
  client.discovery(new URL(ISSUER), CLIENT_ID, undefined, client.ClientSecretBasic(CLIENT_SECRET), {
    // Both are on this machine. In production there is TLS.
    execute: [client.allowInsecureRequests],
  });

async function connect(scope: string): Promise<URL> {
  const [state, verifier] = [client.randomState(), client.randomPKCECodeVerifier()];
  asked.set(state, verifier);
  return client.buildAuthorizationUrl(await configuration(), {
    redirect_uri: `${own}/callback`,
    scope,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    aud: FHIR_URL,
  });
}

async function comeBack(url: URL): Promise<void> {
  const state = url.searchParams.get("state") ?? "";
  const pkceCodeVerifier = asked.get(state);
  if (pkceCodeVerifier === undefined) throw new Error("this was not asked for here");
  asked.delete(state);
  const checks = { pkceCodeVerifier, expectedState: state };
  tokens = await client.authorizationCodeGrant(await configuration(), url, checks);
}

/** Gets something from the resource server. Where that wants another scope, it is there to be asked for. */
async function get(path: string): Promise<{ readonly text: string; readonly missing: string | null }> {
  const response = await fetch(`${FHIR_URL}/${path}`, { headers: { authorization: `Bearer ${tokens?.access_token}` } });
  const challenge = response.headers.get("www-authenticate") ?? "";
  return { text: await response.text(), missing: /insufficient_scope.*scope="([^"]*)"/.exec(challenge)?.[1] ?? null };
}

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const link = (path: string, text: string): string => `<p><a href="${escapeHtml(path)}">${escapeHtml(text)}</a></p>`;
const connectLink = (scope: string): string => link(`/connect?scope=${encodeURIComponent(scope)}`, `Ask for ${scope}`);

function send(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { "content-type": "text/html; charset=utf-8" })
    .end(`<!doctype html><title>App</title>${body}`);
}

const redirect = (response: ServerResponse, to: string): void => void response.writeHead(303, { location: to }).end();

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", own);
  try {
    if (url.pathname === "/connect")
      return redirect(response, (await connect(url.searchParams.get("scope") ?? SCOPE)).href);
    if (url.pathname === "/callback") await comeBack(url);
    else if (url.pathname === "/refresh") {
      if (tokens?.refresh_token === undefined) throw new Error("there is nothing to refresh with");
      tokens = await client.refreshTokenGrant(await configuration(), tokens.refresh_token);
    } else if (url.pathname === "/get") {
      const { text, missing } = await get(url.searchParams.get("path") ?? "");
      const more = missing === null ? "" : connectLink(`${SCOPE} ${missing}`);
      return send(response, 200, `<pre>${escapeHtml(text)}</pre>${more}${link("/", "Back")}`);
    } else if (url.pathname === "/") {
      const gets = ["Observation", "Observation/ada-steps", "Observation/ben-hba1c", "Patient/ada"].map((path) =>
        link(`/get?path=${path}`, path),
      );
      const all = `<p>The token says: ${escapeHtml(tokens?.scope ?? "")}</p>${link("/refresh", "Refresh it")}${gets.join("")}`;
      return send(
        response,
        200,
        `${connectLink(SCOPE)}${connectLink("openid patient/*.cruds")}${tokens === null ? "" : all}`,
      );
    } else return send(response, 404, link("/", "Back"));
    redirect(response, "/");
  } catch (error) {
    const { error: code, error_description: why } = error as { error?: string; error_description?: string };
    send(response, 400, `<p>${escapeHtml(`${code ?? error} ${why ?? ""}`)}</p>${link("/", "Back")}`);
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`app: ${own}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
