import assert from "node:assert/strict";
import { type Guard, type RequestLine, startGuard } from "../../guard/src/server.ts";
import type { GuardSettings } from "../../guard/src/settings.ts";
import { type Answer, applyPolicy, request, type Service, startService } from "../http/support.ts";
import { type LocalIssuer, startIssuer } from "../support/localIssuer.ts";
import { type FhirResource, type FhirServer, SECRET, startFhirServer } from "./fhirServer.ts";

export const HL7 = "http://terminology.hl7.org/CodeSystem/";
export const LOINC = "http://loinc.org";
export const NORMAL = { system: `${HL7}v3-Confidentiality`, code: "N" };
export const RESTRICTED = { system: `${HL7}v3-Confidentiality`, code: "R" };
export const AUDIENCE = "https://fhir.example.org/r4";
const ORGANIZATION = "city";

export const labelled = (...security: readonly object[]) => ({ meta: { security } });

/** A service with a policy, a FHIR server, and the guard between it and whoever asks, each on a port of its own. */
export interface GuardWorld {
  readonly service: Service;
  readonly issuer: LocalIssuer;
  readonly upstream: FhirServer;
  readonly guard: Guard;
  readonly base: string;
  readonly lines: RequestLine[];
  /** What whoever has this token gets. */
  get(path: string, token: string, init?: RequestInit): Promise<Answer>;
  token(claims?: { readonly [name: string]: unknown }): Promise<string>;
  /** Another guard before the same servers. */
  another(more?: Partial<GuardSettings>): Promise<Guard>;
  close(): Promise<void>;
}

const rule = (id: string, more: object) => ({
  putRule: { id, action: "*", resourceType: "*", scope: "*", effect: "ALLOW", justification: "for a test", ...more },
});

/** nora is a nurse of the house, who may see what patients did not refuse; `stranger` has an account and no role. */
export async function startGuardWorld(resources: readonly (FhirResource | string)[] = RESOURCES): Promise<GuardWorld> {
  const issuer = await startIssuer(AUDIENCE);
  const upstream = await startFhirServer();
  for (const resource of resources) upstream.put(resource);
  const service = await startService({
    SCOPEWARDEN_JWT_ISSUER: issuer.url,
    SCOPEWARDEN_JWKS_URL: issuer.jwksUrl,
    SCOPEWARDEN_JWT_AUDIENCE: "urn:scopewarden:test",
    SCOPEWARDEN_JWT_PEOPLE: "auth_time",
    SCOPEWARDEN_GUARD_AUDIENCES: AUDIENCE,
    SCOPEWARDEN_MAX_REQUEST_BYTES: String(1 << 20),
  });
  const made = await applyPolicy(service, [
    {
      putOrganization: {
        id: ORGANIZATION,
        settings: { specialProtection: "TRUSTED" },
        justification: "The data of a test is labelled.",
      },
    },
    { putRole: { name: "nurse" } },
    { putRole: { name: "patient" } },
    { assignRole: { subjectId: "nora", role: "nurse", organization: ORGANIZATION } },
    { assignRole: { clientId: "night-job", role: "nurse", organization: ORGANIZATION } },
    rule("nurses", { role: "nurse" }),
    rule("patients", { role: "*", scope: "patient/*.rs" }),
    ...[
      ["ward-app", "user/*.cruds"],
      ["ward-app", "patient/*.rs"],
      ["lab-app", `user/Observation.rs?category=${HL7}observation-category|laboratory`],
      ["night-job", "system/*.rs"],
      ["portal", "patient/*.rs"],
    ].flatMap(([id, scope]) => [{ putClient: { id, name: id } }, { grantScope: { clientId: id, scope } }]),
  ]);
  assert.equal(made.body.errors, undefined, made.text);
  const entities = [
    { type: "user", id: "nora", properties: { accounts: [{ issuer: issuer.url, id: "a-nora" }] } },
    { type: "user", id: "stranger", properties: { accounts: [{ issuer: issuer.url, id: "a-stranger" }] } },
  ];
  const put = await service.ask(
    'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "test") { revision } }',
    { variables: { entities } },
  );
  assert.equal(put.body.errors, undefined, put.text);
  for (const consent of [
    { patient: "eve", effect: "DENY" },
    { patient: "bob", effect: "DENY", labels: ["R"] },
  ]) {
    const { body } = await service.ask(
      "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { id } }",
      {
        variables: { input: { ...consent, source: { kind: "PAPER" }, reason: "test" } },
      },
    );
    assert.equal(body.errors, undefined, JSON.stringify(body));
  }
  const { key } = await service.createKey("SERVICE");
  const lines: RequestLine[] = [];
  const guards: Guard[] = [];
  async function another(more: Partial<GuardSettings> = {}): Promise<Guard> {
    const guard = await startGuard(
      {
        upstream: { url: upstream.url, headers: { authorization: SECRET }, timeoutMs: 5000, maxBytes: 1 << 22 },
        base: AUDIENCE,
        ...{ host: "127.0.0.1", port: 0, organization: ORGANIZATION, linkKey: "test", smart: null, mostLookedAt: 200 },
        service: { url: service.url, key, timeoutMs: 20_000 },
        purposes: new Map(["ward-app", "lab-app", "night-job"].map((id) => [id, "TREAT"])),
        ...more,
      },
      (line) => void lines.push(line),
    );
    guards.push(guard);
    return guard;
  }
  const guard = await another();
  return {
    ...{ service, issuer, upstream, guard, lines, another, base: AUDIENCE },
    get: (path, token, init = {}) =>
      request(`${guard.url}/r4/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
      }),
    token: (claims = {}) =>
      issuer.sign({
        ...{ sub: "a-nora", client_id: "ward-app", scope: "user/*.cruds", auth_time: Math.floor(Date.now() / 1000) },
        ...claims,
      }),
    async close() {
      for (const each of guards) await each.close();
      await Promise.all([service.stop(), upstream.close(), issuer.close()]);
    },
  };
}

const patient = (id: string, family: string): FhirResource => ({
  resourceType: "Patient",
  id,
  ...labelled(NORMAL),
  name: [{ family }],
  birthDate: "1970-01-01",
});
export const observation = (id: string, of: string, more: object = {}): FhirResource => ({
  resourceType: "Observation",
  id,
  ...labelled(NORMAL),
  status: "final",
  category: [{ coding: [{ system: `${HL7}observation-category`, code: "vital-signs" }] }],
  code: { coding: [{ system: LOINC, code: "8302-2" }] },
  subject: { reference: `Patient/${of}` },
  ...more,
});
const laboratory = { category: [{ coding: [{ system: `${HL7}observation-category`, code: "laboratory" }] }] };
const height = (value: number) => ({ valueQuantity: { value, unit: "cm" } });

/** ann said nothing, bob refused what is restricted, eve refused everything. */
export const RESOURCES: readonly (FhirResource | string)[] = [
  ...[patient("ann", "Abel"), patient("bob", "Blum"), patient("eve", "Ebert")],
  { resourceType: "Practitioner", id: "paul", ...labelled(NORMAL), name: [{ family: "Paulsen" }] },
  ...["ann", "bob", "eve"].flatMap((of, i) => [
    observation(`${of}-height`, of, height(171 + i)),
    observation(`${of}-lab`, of, { ...laboratory, performer: [{ reference: "Practitioner/paul" }] }),
  ]),
  observation("bob-secret", "bob", { ...labelled(RESTRICTED), ...height(190) }),
  observation("nobodys", "x", { subject: { display: "somebody" } }),
  observation("groups", "x", { subject: { reference: "Group/g" } }),
  // As it was written, with a digit that says how exact it is.
  '{"resourceType":"Observation","id":"ann-exact","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]},"status":"final","code":{"text":"exact"},"subject":{"reference":"Patient/ann"},"valueQuantity":{"value":1.50,"unit":"mg"}}',
  {
    resourceType: "MedicationRequest",
    id: "ann-drug",
    ...labelled(NORMAL),
    status: "active",
    intent: "order",
    text: { status: "generated", div: "<div>with the secret drug</div>" },
    contained: [{ resourceType: "Medication", id: "m", code: { coding: [{ system: LOINC, code: "x" }] } }],
    medicationReference: { reference: "#m" },
    subject: { reference: "Patient/ann" },
  },
  { resourceType: "Binary", id: "scan", contentType: "application/pdf", data: "c2VjcmV0" },
];
