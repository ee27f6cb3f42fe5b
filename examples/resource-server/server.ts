import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { type AccessToken, createTokenVerifier } from "./accessToken.ts";
import { refuseObligations, searchFilter } from "./obligations.ts";
import {
  categoriesOf,
  labelsOf,
  matchesToken,
  type Observation,
  observations,
  patientOf,
  patients,
} from "./observations.ts";
import { BadRequest, Denied, sendRefusal } from "./refusals.ts";
import { type Connection, decide, type Obligation, type ResourceFacts } from "./scopewarden.ts";
import { wholeResource } from "./wholeResource.ts";

export interface Settings {
  /** The base URL, and the audience that tokens must have. */
  readonly url: string;
  /** The authorization server. */
  readonly issuer: string;
  /** In which organization the data are. */
  readonly organization: string;
  readonly scopewarden: Connection;
}

type Facts = Omit<ResourceFacts, "organization">;

const factsOf = (observation: Observation, base: string): Facts => ({
  type: "Observation",
  id: observation.id,
  patient: patientOf(observation),
  labels: labelsOf(observation),
  attributes: {
    category: categoriesOf(observation),
    code: (observation.code.coding ?? []).map(({ system, code }) => `${system}|${code}`),
    ...wholeResource(observation, base),
  },
});

/** What a client may send as an Observation. */
function readObservation(body: unknown): Observation {
  const { resourceType, status, category, code, subject } = (body ?? {}) as Partial<Observation>;
  const codings = Array.isArray(category) ? category.flatMap((each) => each?.coding ?? null) : [null];
  if (resourceType !== "Observation" || typeof status !== "string" || typeof code?.text !== "string")
    throw new BadRequest(400, "An Observation with status and code.text is needed.");
  if (!/^Patient\/[A-Za-z0-9.-]{1,64}$/.test(subject?.reference ?? ""))
    throw new BadRequest(400, "subject.reference must name the patient: Patient/...");
  if (!codings.every((coding) => typeof coding?.system === "string" && typeof coding.code === "string"))
    throw new BadRequest(400, "category must have codings of system and code.");
  return { ...(body as Observation), id: randomUUID() };
}

export function createServer({ url, issuer, organization, scopewarden }: Settings): FastifyInstance {
  const verify = createTokenVerifier(issuer, url);
  const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } });

  /** Asks Scopewarden, for each request anew. Throws `Denied`; returns the obligations of an ALLOW. */
  async function permit(request: FastifyRequest, action: string, resource: Facts): Promise<readonly Obligation[]> {
    const token = request.getDecorator<AccessToken>("token");
    const decision = await decide(scopewarden, {
      clientId: token.clientId,
      subject: token.subject === null ? null : { id: token.subject },
      scopes: token.scopes,
      action,
      resource: { ...resource, organization },
      purposeOfUse: token.purposeOfUse,
      context: {
        patient: token.patient,
        tokenId: token.id,
        ipAddress: request.ip,
        userAgent: request.headers["user-agent"]?.slice(0, 1024) ?? null,
      },
    });
    if (decision.outcome !== "ALLOW") throw new Denied(decision);
    return decision.obligations;
  }

  /** One resource. What is not there is asked about all the same: a stranger learns nothing from the answer. */
  async function read<T>(request: FastifyRequest, found: T | undefined, facts: Facts): Promise<T> {
    refuseObligations(await permit(request, "read", facts));
    if (found === undefined) throw new BadRequest(404, "There is no such resource.");
    return found;
  }

  app.decorateRequest("token", null);
  app.addContentTypeParser("application/fhir+json", { parseAs: "string" }, app.getDefaultJsonParser("error", "error"));
  app.setErrorHandler((error: Error, _request, reply) => sendRefusal(error, reply));
  app.setNotFoundHandler((_request, reply) => sendRefusal(new BadRequest(404, "This server has no such page."), reply));
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  const base = new URL(url).pathname;
  app.get(`${base}/.well-known/smart-configuration`, () => ({
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    capabilities: ["launch-standalone", "client-confidential-symmetric", "permission-patient", "permission-v2"],
  }));

  app.register(
    async (fhir) => {
      // Before a body is read: who may not ask is told nothing about what was sent.
      fhir.addHook("onRequest", async (request) => {
        request.setDecorator("token", await verify(request.headers.authorization));
      });

      fhir.get<{ Params: { id: string } }>("/Patient/:id", (request) => {
        const { id } = request.params;
        return read(request, patients.get(id), { type: "Patient", id, patient: id });
      });

      fhir.get<{ Params: { id: string } }>("/Observation/:id", (request) => {
        const { id } = request.params;
        const found = observations.get(id);
        return read(request, found, found === undefined ? { type: "Observation", id } : factsOf(found, url));
      });

      fhir.get<{ Querystring: Record<string, string | readonly string[]> }>("/Observation", async (request) => {
        const { patient, category, ...others } = request.query;
        if (Object.keys(others).length > 0 || Array.isArray(patient) || Array.isArray(category))
          throw new BadRequest(400, "A search is by patient and category, each once.");
        const id = patient === undefined ? undefined : String(patient).replace(/^Patient\//, "");
        const facts = { type: "Observation", ...(id === undefined ? {} : { patient: id }) };
        const mayReturn = searchFilter(await permit(request, "search", facts));
        const found = [...observations.values()]
          .filter((each) => id === undefined || patientOf(each) === id)
          .filter((each) => category === undefined || matchesToken(String(category), categoriesOf(each)))
          .filter(mayReturn);
        return {
          resourceType: "Bundle",
          type: "searchset",
          total: found.length,
          entry: found.map((resource) => ({ fullUrl: `${url}/Observation/${resource.id}`, resource })),
        };
      });

      fhir.post("/Observation", async (request, reply) => {
        const { id, ...facts } = factsOf(readObservation(request.body), url);
        refuseObligations(await permit(request, "create", facts));
        const created = { ...(request.body as Observation), id: id ?? "" };
        observations.set(created.id, created);
        return reply.status(201).header("location", `${url}/Observation/${created.id}`).send(created);
      });
    },
    { prefix: base },
  );
  return app;
}
