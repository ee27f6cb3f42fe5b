import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { applyOperations, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import { exportFiles, sayPolicy } from "../../src/domain/policy/files/exportFiles.ts";
import { type PolicyFiles, parsePolicyFile } from "../../src/domain/policy/files/policyFile.ts";
import { applyPlan, planPolicy } from "../../src/domain/policy/files/policyPlan.ts";
import { clearableOf } from "../../src/domain/policy/members.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, rowsOf, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import type { Noun, ScopeVersion } from "../../src/domain/policy/types.ts";
import { yaml } from "../../src/yaml/yaml.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW } from "../support/policies.ts";

/* Files and policies say the same to one another. Policies are made by operations, so that they are such as can be. */

const DAY = 86_400_000;
const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> => pick<T | undefined>(undefined, ...values);
const names = pick("s1", "s2", "patient/Observation.rs");
const period = { validFrom: maybe(NOW - DAY, NOW), validUntil: maybe(NOW + DAY, NOW + 30 * DAY) };
const ofPeriod = fc.record(period);

const automatic = (mostPerHour: number | null) => ({ from: "HIGH" as const, minutes: 10, mostPerHour });
const scopeContent = fc.record({
  title: maybe("One", "Two"),
  description: maybe("yes", "2026-01-01T00:00:00Z", "# no comment\n- nor a list: {\n"),
  translations: maybe([{ language: "de", title: "Eins" }]),
  requiresConsent: maybe(true, false),
  justification: maybe("Because."),
});
const LABS = "category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const atoms = pick(
  [{ resourceType: "Observation", actions: ["read"] }],
  [{ context: "USER" as const, resourceType: "Observation", actions: ["search", "read"], constraint: LABS }],
);
const holder = pick({ subjectId: "p1" }, { subjectId: "p1", subjectType: "device" }, { clientId: "c1" });

const operation: fc.Arbitrary<PolicyOperation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(names, scopeContent, atoms).map(([name, content, own]) => {
      const clear = (["title", "description", "translations", "justification"] as const).filter(
        (member) => content[member] === undefined,
      );
      const said = { name, ...content, requiresConsent: content.requiresConsent ?? false, clear };
      return { putScope: name.includes("/") ? said : { ...said, atoms: own } };
    }),
  },
  { weight: 5, arbitrary: names.map((name) => ({ activateScope: { name } })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(names, pick(NOW + DAY, NOW + 90 * DAY), maybe("s1", "s2"))
      .map(([name, sunsetAt, replacedBy]) => ({ deprecateScope: { name, sunsetAt, replacedBy } })),
  },
  { weight: 2, arbitrary: names.map((name) => ({ retireScope: { name } })) },
  { weight: 1, arbitrary: names.map((name) => ({ deleteScope: { name, version: 1 } })) },
  fc
    .record({
      id: pick("c1", "c2"),
      name: pick("A", "0x10"),
      status: maybe("SUSPENDED" as const),
      description: maybe("no"),
      protocolScopes: maybe([], ["openid", "*"]),
      careCritical: maybe(true, false),
    })
    .map((putClient) => ({ putClient })),
  fc
    .record({ name: pick("r1", "r2", "r3"), inherits: maybe(["r3"], ["r2", "r3"]), description: maybe("~") })
    .map((putRole) => ({ putRole })),
  fc
    .tuple(pick("c1", "c2"), names, ofPeriod)
    .map(([clientId, scope, of]) => ({ grantScope: { clientId, scope, ...of } })),
  fc
    .tuple(holder, pick("r1", "r2"), pick("*", "o1"), ofPeriod)
    .map(([of, role, organization, until]) => ({ assignRole: { ...of, role, organization, ...until } })),
  fc
    .record({
      id: pick("u1", "u2", "12"),
      role: pick("r1", "*"),
      scope: pick("s1", "patient/Observation.rs"),
      action: pick("read", "*"),
      resourceType: pick("Observation", "*"),
      when: maybe('purposeOfUse == "TREAT"', "true"),
      effect: pick("ALLOW" as const, "DENY" as const),
      obligations: maybe([{ type: "log" }], [{ type: "mask", parameters: { a: [1, null, "x"], b: false } }]),
      description: maybe("Reads."),
      justification: pick("Because."),
    })
    .map((putRule) => ({ putRule })),
  fc
    .record({
      id: pick("*", "o1"),
      name: maybe("A clinic"),
      settings: fc.record({
        patientScopesReachShared: maybe(true, false),
        part2Program: maybe(true, false),
        retentionYears: maybe(7),
        consentOnSilence: maybe([
          { purpose: "TREAT", silence: "PERMIT" as const },
          { purpose: null, silence: "PERMIT" as const },
        ]),
        breakGlass: maybe({ roles: ["r1"], maxMinutes: 30, reviewWithinHours: 24 }),
        alertResponses: maybe(
          [],
          [{ response: "SUSPENSION" as const, maxMinutes: 30 }],
          [
            { response: "SUSPENSION" as const, maxMinutes: 30, automatic: automatic(null) },
            { response: "STEP_UP" as const, maxMinutes: 30, automatic: automatic(3) },
          ],
        ),
      }),
    })
    .map((putOrganization) => ({ putOrganization })),
  pick<PolicyOperation>(
    { deleteRule: { id: "u1" } },
    { revokeScope: { clientId: "c1", scope: "s1" } },
    { unassignRole: { subjectId: "p1", role: "r1", organization: "*" } },
    { deleteOrganization: { id: "o1" } },
  ),
);

const factsAt = (now: number): ChangeFacts => ({
  now,
  newId: () => "",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
});

/** What comes of the operations that can be done, one after the other. */
function grown(from: Snapshot, operations: readonly PolicyOperation[], now = NOW): Snapshot {
  return operations.reduce((snapshot, each) => {
    const applied = applyOperations(snapshot, [each], factsAt(now));
    return applied.ok ? applied.snapshot : snapshot;
  }, from);
}
const START = grown(emptySnapshot(), [
  { putRole: { name: "r3" } },
  { putRole: { name: "r2" } },
  { putRole: { name: "r1" } },
  { putClient: { id: "c1", name: "A" } },
]);
const histories = fc.array(operation, { minLength: 15, maxLength: 50 });

function filesOf(snapshot: Snapshot, now: number): { readonly texts: string; readonly files: PolicyFiles } {
  const texts = exportFiles(sayPolicy(snapshot, now), { schema: "./policy.schema.json", write: yaml.write });
  const read = [...texts].map(([name, text]) => parsePolicyFile(name, text, yaml));
  assert.deepEqual(
    read.flatMap(({ problems }) => problems),
    [],
  );
  return {
    texts: JSON.stringify([...texts]),
    files: {
      operations: read.flatMap(({ files }) => files.operations),
      places: read.flatMap(({ files }) => files.places),
    },
  };
}

const NOUN_OF: Readonly<Record<string, Noun>> = {
  putScope: "scope",
  putClient: "client",
  putRole: "role",
  grantScope: "grant",
  assignRole: "assignment",
  putRule: "rule",
  putOrganization: "organization",
};

/** The files with all said that they leave out: emptied on purpose. */
const outspoken = ({ operations, places }: PolicyFiles): PolicyFiles => ({
  places,
  operations: operations.map((each) => {
    const [name, input] = Object.entries(each)[0] as unknown as readonly [string, Readonly<Record<string, unknown>>];
    const noun = NOUN_OF[name];
    if (noun === undefined) return each;
    const said: Readonly<Record<string, unknown>> = { ...input, ...(input.settings as object | undefined) };
    const clear = [...clearableOf(noun).values()].filter((member) => said[member] === undefined);
    const defaults = noun === "client" ? { status: "ACTIVE" } : noun === "scope" ? { requiresConsent: false } : {};
    return { [name]: { ...defaults, ...input, clear } };
  }),
});

describe("policy files", () => {
  test("an exported policy is no change of the policy, whenever it is planned", () => {
    let narrow = 0;
    fc.assert(
      fc.property(histories, pick(NOW, NOW + 2 * DAY), (history, now) => {
        const policy = grown(START, history);
        for (const versions of policy.scopes.values())
          narrow += versions.filter(({ declarations }) =>
            declarations.some(({ constraint }) => constraint === LABS),
          ).length;
        const { files } = filesOf(policy, now);
        const plan = planPolicy(files, policy, { now, prune: true });
        assert.deepEqual([plan.operations, plan.left, plan.ended], [[], [], []]);
      }),
      { numRuns: runs(150) },
    );
    // What is refused makes no policy, and would be said by no file.
    assert.ok(narrow > atLeast(50), `${narrow} versions have a context and a constraint`);
  });

  test("exported, applied to an empty policy and exported again: the same bytes, and nothing to plan", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const policy = grown(START, history);
        const { files, texts } = filesOf(policy, NOW);
        if (files.operations.length === 0) return;
        const plan = planPolicy(files, emptySnapshot(), { now: NOW });
        const applied = applyPlan(plan, emptySnapshot(), factsAt(NOW));
        assert.ok(applied.ok, JSON.stringify(applied.ok ? "" : applied.problems));
        assert.equal(filesOf(applied.snapshot, NOW).texts, texts);
        assert.deepEqual(planPolicy(files, applied.snapshot, { now: NOW, prune: true }).operations, []);
      }),
      { numRuns: runs(150) },
    );
  });

  test("planned from any policy to any other, pruned: it says what the files say, or is told why it can't", () => {
    let [reached, refused] = [0, 0];
    const newest = (snapshot: Snapshot): readonly unknown[] =>
      [...snapshot.scopes.values()]
        .map((versions) => versions.at(-1) as ScopeVersion)
        .filter(({ state }) => state !== "RETIRED")
        .map(({ version, deprecatedAt, retiredAt, ...said }) => said)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    const others = (snapshot: Snapshot): readonly string[] =>
      [...rowsOf(snapshot)].flatMap(({ noun, row }) => (noun === "scope" ? [] : [JSON.stringify(row)])).sort();
    fc.assert(
      fc.property(histories, histories, (first, second) => {
        const live = grown(START, first);
        const files = outspoken(filesOf(grown(START, second), NOW).files);
        const made = applyPlan(planPolicy(files, emptySnapshot(), { now: NOW }), emptySnapshot(), factsAt(NOW));
        assert.ok(made.ok);
        const wanted = made.snapshot;
        try {
          const plan = planPolicy(files, live, { now: NOW, prune: true });
          const applied = applyPlan(plan, live, factsAt(NOW));
          if (!applied.ok) {
            // Files that leave out what is set are refused, and so is what is still used; nothing of it is silent.
            const told = applied.problems.map(({ message }) => message).join("\n");
            assert.match(told, /is left out, but|is still used by|is still named|there is no scope/);
            refused++;
            return;
          }
          assert.deepEqual(others(applied.snapshot), others(wanted));
          assert.deepEqual(newest(applied.snapshot), newest(wanted));
          assert.deepEqual(planPolicy(files, applied.snapshot, { now: NOW, prune: true }).operations, []);
          reached++;
        } catch (error) {
          if (!(error instanceof ScopewardenError)) throw error;
          assert.match(error.message, /does not come back|can't become a draft again|can't be ACTIVE again/);
          refused++;
        }
      }),
      { numRuns: runs(200) },
    );
    assert.ok(reached > atLeast(100), JSON.stringify({ reached, refused }));
  });
});
