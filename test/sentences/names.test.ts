import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { applyPolicy, type Service, SMALL_POLICY, startService } from "../http/support.ts";
import { testRows } from "./asked.ts";

const NOW = Date.parse("2026-11-30T09:40:00Z");
const ENTITIES = [
  { type: "Patient", id: "ada", properties: { organization: "north-wing" } },
  { type: "user", id: "doro", properties: { name: "Doro" } },
];

describe("names that occur nowhere", () => {
  let service: Service;
  const keys = new Map<string, string>();
  const keyOf = (role: string | undefined): string => keys.get(role ?? "admin") ?? "";

  before(async () => {
    service = await startService({}, { clock: () => NOW });
    const ask = async (query: string, variables: unknown, as?: string) => {
      const { body, text } = await service.ask(query, { variables, ...(as !== undefined && { key: keyOf(as) }) });
      assert.equal(body.errors, undefined, text);
    };
    for (const role of ["service", "admin", "reviewer", "auditor", "consent"])
      keys.set(role, (await service.createKey(role.toUpperCase())).key);
    await applyPolicy(service, [
      ...SMALL_POLICY,
      { putRole: { name: "nurse" } },
      { putOrganization: { id: "*", settings: { accessRequestMaxMinutes: 60 } } },
      { assignRole: { subjectId: "nina", role: "nurse", organization: "general-hospital" } },
    ]);
    await ask(
      'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "a test") { revision } }',
      {
        entities: ENTITIES,
      },
    );
    const resource = { type: "Observation", id: "o1", patient: "ada" };
    await ask(
      "query($input: AuthorizeInput!) { authorize(input: $input) { id } }",
      { input: { clientId: "reader-app", subject: { id: "nina" }, action: "read", resource } },
      "service",
    );
    await ask(
      "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { id } }",
      { input: { patient: "bela", effect: "PERMIT", source: { kind: "PAPER" }, reason: "a test" } },
      "consent",
    );
  });
  after(() => service.stop());

  testRows("names", { service: () => service, keyOf });
});
