import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Caller } from "../../src/domain/callers/types.ts";
import { createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { directoryOf, entityOf } from "../../src/domain/directory/directory.ts";
import { canonicalJson, type Json } from "../../src/domain/kernel/canonical.ts";
import { DEFAULT_FHIR_VERSION, FHIR_VERSIONS, type FhirVersion } from "../../src/domain/scopes/fhir.ts";
import { decideAgain, differingParts } from "../../src/domain/simulation/decideAgain.ts";
import { createWorlds } from "../../src/domain/simulation/replay/worlds.ts";
import { checkCondition } from "../../src/engine/conditions.ts";
import { readCondition } from "../../src/engine/conditionTerms.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { decodeDecision, encodeDecision } from "../../src/storage/journal/decisionRow.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW, snapshotFrom } from "../support/policies.ts";

const caller: Caller = { id: "key:a", roles: new Set(["service"]), defaultClientId: null };
/** On types and parameters that not every version defines. */
const SCOPES = [
  "patient/MedicationOrder.rs",
  "patient/MedicationRequest.rs",
  "patient/ActorDefinition.r",
  "patient/Observation.rs?value-markdown=x",
  "patient/Observation.rs?_source=urn:a",
  "patient/*.rs",
];
const snapshot = snapshotFrom({
  clients: [{ id: "app", name: "App", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false }],
  scopes: [],
  grants: SCOPES.map((scope) => ({ clientId: "app", scope, validFrom: null, validUntil: null })),
  roles: [],
  assignments: [],
  rules: [
    {
      ...{ id: "anyone", role: "*", scope: "*", action: "*", resourceType: "*", when: null, effect: "ALLOW" },
      ...{ obligations: [], description: null, justification: null },
    },
  ],
});
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

/** What a service of a version has on record of each scope: an access, a search and a token. */
async function recordsUnder(fhirVersion: FhirVersion): Promise<readonly DecisionRecord[]> {
  let id = 0;
  const journal = memoryJournal();
  const authorizer = createAuthorizer({
    ...{ snapshot: () => snapshot, engine, journal, fhirVersion },
    ...{ clock: () => NOW, newId: () => `d${++id}` },
  });
  const records: DecisionRecord[] = [];
  for (const scope of SCOPES) {
    const type = /\/(\w+)/.exec(scope)?.[1] ?? "Observation";
    const asked = { clientId: "app", subject: { id: "ada" }, context: { patient: "p" }, scopes: [scope] };
    for (const action of ["read", "search"]) {
      const input = { ...asked, action, resource: { type, id: "1", patient: "p" } };
      records.push(...(await authorizer.authorize(caller, [input], () => "input")));
    }
    records.push(await authorizer.decideGrant(caller, asked, "input"));
  }
  return records;
}

describe("a decision made again", () => {
  for (const version of FHIR_VERSIONS)
    test(`gives the same bytes as one that was made under ${version}, whatever version the service has now`, async () => {
      for (const record of await recordsUnder(version)) {
        const read = decodeDecision(encodeDecision(record, "salt"));
        assert.equal(read.fhirVersion ?? DEFAULT_FHIR_VERSION, version);
        for (const fhirVersion of FHIR_VERSIONS) {
          const again = decideAgain({ snapshot, engine, now: read.decidedAt, fhirVersion }, read);
          assert.deepEqual(differingParts(read, again, true), []);
          for (const part of ["reasons", "obligations"] as const)
            assert.equal(canonicalJson(again[part] as unknown as Json), canonicalJson(read[part] as unknown as Json));
        }
      }
    });

  test("is replayed under its own version, whatever version the service has now", async () => {
    for (const version of FHIR_VERSIONS)
      for (const record of await recordsUnder(version)) {
        const facts = { snapshot, engine, now: NOW + 1, fhirVersion: "STU3" as const };
        const changeFacts = { now: NOW, newId: () => "id", checkCondition, readCondition };
        const deps = {
          hypothesis: { facts, changeFacts },
          snapshots: { at: async () => snapshot },
          directory: { version: async () => null },
          consents: { versions: async () => [] },
          breakGlasses: { versions: async () => [] },
          restrictions: { versions: async () => [] },
          breathe: async () => undefined,
        };
        const worlds = await createWorlds(deps, { base: "CURRENT", mayIdentify: true, operations: [] });
        const world = await worlds.of(record);
        assert.ok("base" in world);
        assert.equal(world.base.fhirVersion, version);
      }
  });

  test("is replayed by the revision that it names, whatever was read before it, and by what was known then", async () => {
    const [made] = await recordsUnder(DEFAULT_FHIR_VERSION);
    assert.ok(made !== undefined);
    const ada = { type: "user", id: "ada" };
    const directory = directoryOf([{ ...ada, version: 2, properties: { organization: "new" } }], 2);
    const facts = { snapshot, engine, now: NOW + 1, directory };
    const changeFacts = { now: NOW, newId: () => "id", checkCondition, readCondition };
    const deps = {
      hypothesis: { facts, changeFacts },
      snapshots: { at: async (revision: number) => ({ ...snapshot, revision }) },
      directory: { version: async () => null },
      consents: { versions: async () => [] },
      breakGlasses: { versions: async () => [] },
      restrictions: { versions: async () => [] },
      breathe: async () => undefined,
    };
    const worlds = await createWorlds(deps, { base: "OWN", mayIdentify: true, operations: [] });
    const known = [{ ...ada, kind: "ENTITY" as const, version: 1, properties: { organization: "old" } }];
    for (const policyRevision of [3, 3, 2, 3]) {
      const world = await worlds.of({ ...made, policyRevision, facts: known });
      assert.ok("base" in world);
      assert.equal(world.base.snapshot.revision, policyRevision);
      assert.ok(world.base.directory !== undefined);
      assert.equal(entityOf(world.base.directory, "user", "ada")?.version, 1);
    }
  });

  test("would come out otherwise under another version", async () => {
    const outcomes = new Set<string>();
    for (const version of FHIR_VERSIONS)
      outcomes.add(JSON.stringify((await recordsUnder(version)).map(({ outcome }) => outcome)));
    assert.ok(outcomes.size >= 4, `${outcomes.size} of ${FHIR_VERSIONS.length} versions decide differently`);
  });
});
