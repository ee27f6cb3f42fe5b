/** The authorization server: see README.md. */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { createInteractions } from "./interactions.ts";
import { createProvider, type Settings } from "./provider.ts";

const {
  HOST = "127.0.0.1",
  PORT = "4002",
  SCOPEWARDEN_URL = "http://127.0.0.1:4000",
  SCOPEWARDEN_KEY: key,
} = process.env;
if (key === undefined) throw new Error("SCOPEWARDEN_KEY must be a key that holds the role service");
const { CONSENT_KEY: consentKey } = process.env;
if (consentKey === undefined) throw new Error("CONSENT_KEY must be a key that holds the role consent");
const settings: Settings = {
  issuer: `http://127.0.0.1:${PORT}`,
  resource: process.env.FHIR_URL ?? "http://127.0.0.1:4003/fhir",
  redirectUri: process.env.REDIRECT_URI ?? "http://127.0.0.1:4004/callback",
  scopewarden: { url: SCOPEWARDEN_URL, key },
  consent: { url: SCOPEWARDEN_URL, key: consentKey },
  console: {
    url: process.env.CONSOLE_URL ?? SCOPEWARDEN_URL,
    audience: process.env.CONSOLE_AUDIENCE ?? "urn:scopewarden:demo",
    staffFile: process.env.STAFF_FILE ?? fileURLToPath(new URL("staff.json", import.meta.url)),
    tokenLifetime: Number(process.env.STAFF_TOKEN_SECONDS ?? 300),
  },
};

const provider = await createProvider(settings);
const interactions = createInteractions(provider, settings);
const oidc = provider.callback();
const server = createServer((request, response) =>
  request.url?.startsWith("/interaction/") ? interactions(request, response) : oidc(request, response),
);
server.listen(Number(PORT), HOST, () => console.log(`authorization server: ${settings.issuer}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
