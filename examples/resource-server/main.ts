/** The resource server: see README.md. */
import { createServer } from "./server.ts";

const { PORT = "4003", SCOPEWARDEN_URL = "http://127.0.0.1:4000", SCOPEWARDEN_KEY: key } = process.env;
if (key === undefined) throw new Error("SCOPEWARDEN_KEY must be a key that holds the role service");
const url = `http://127.0.0.1:${PORT}/fhir`;
const server = createServer({
  url,
  issuer: process.env.ISSUER ?? "http://127.0.0.1:4002",
  organization: "general-hospital",
  scopewarden: { url: SCOPEWARDEN_URL, key },
});
await server.listen({ port: Number(PORT), host: "127.0.0.1" });
console.log(`resource server: ${url}`);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
