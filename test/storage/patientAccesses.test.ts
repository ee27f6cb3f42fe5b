import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessesOf, AlikeAccesses } from "../../src/domain/audit/disclosures/store.ts";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import type { Json } from "../../src/domain/kernel/canonical.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { heldConsumer } from "../support/heldConsumer.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";
import { grantDecision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const ADA: AccessesOf = { patient: "ada", from: NOON - DAY, to: NOON + DAY, outcome: "ALLOW" };

/** A search that names nobody, with obligations. */
const search = (id: string, obligations: readonly { readonly type: string; readonly parameters: Json }[]) => {
  const made = accessOf(id, { patient: null, resource: { id: null } });
  return { ...made, obligations, request: { ...made.request, action: "search" } };
};
const patient = (id: string) => ({ patient: id, type: "patient" });
const code = { codes: ["x"], type: "codes" };
const filter = (...allOf: readonly (readonly Json[])[]) => ({
  type: "filter",
  parameters: { allOf: allOf.map((anyOf) => ({ anyOf })) },
});

const together = (id: string, ...patients: readonly string[]): AccessRecord =>
  accessOf(id, { patient: null, resource: { patients } });

const idsOf = async ({ patientAccesses }: Storage, query: Partial<AccessesOf>, without: readonly string[] = []) => {
  const found = await patientAccesses.newest({ ...ADA, ...query, without, after: null, first: 100 });
  return (await patientAccesses.records(found.map(({ position }) => position))).map(({ record }) => record.id);
};

const alikeOf = async ({ patientAccesses }: Storage, query: AccessesOf): Promise<readonly AlikeAccesses[]> => {
  const all: AlikeAccesses[] = [];
  await patientAccesses.alike(query, (part) => void all.push(...part));
  return all;
};

/** How the database finds it, in its own words. */
onEveryBackend("accesses to a patient's data", ({ open, backend }) => {
  test("are those that name the patient, alone or among others, or are confined to the patient; tokens are none", async () => {
    const storage = await open();
    await storage.journal.append([
      accessOf("own"),
      accessOf("other", { patient: "ben" }),
      together("first", "ada", "ben"),
      together("second", "ben", "ada"),
      { ...accessOf("known", { patient: null }), patients: ["ada"] },
      accessOf("denied", { outcome: "DENY" }),
      { ...grantDecision(1), decidedAt: NOON, outcome: "ALLOW" },
      search("confined", [{ type: "audit", parameters: null }, filter([code], [patient("ada")])]),
      search("either", [filter([patient("ada"), patient("ben")])]),
      // One that can return more than the patient's, and what is no filter of ours.
      search("wider", [filter([patient("ada"), code])]),
      search("odd", [
        { type: "filter", parameters: { allOf: ["x", 5, { anyOf: "ada" }, { anyOf: [patient("ada"), 7] }] } },
      ]),
      search("oddest", [{ type: "filter", parameters: "ada" }, filter([])]),
      accessOf("early", { at: NOON - DAY - 1 }),
      accessOf("late", { at: NOON + DAY }),
    ]);
    assert.deepEqual(await idsOf(storage, {}), ["either", "confined", "known", "second", "first", "own"]);
    assert.deepEqual(await idsOf(storage, { patient: "ben" }), ["either", "second", "first", "other"]);
    assert.deepEqual(await idsOf(storage, { outcome: "DENY" }), ["denied"]);
    assert.deepEqual(await idsOf(storage, { patient: "nobody" }), []);
    assert.deepEqual(await idsOf(storage, { patient: "a\u0000" }), []);
  });

  test("are those that a filter confines to the patient, where a list of patients is there and empty too", async () => {
    const storage = await open();
    const made = search("confined", [filter([patient("ada")])]);
    const resource = { ...made.request.resource, patients: [] };
    await storage.journal.append([{ ...made, request: { ...made.request, resource } }]);
    assert.deepEqual(await idsOf(storage, {}), ["confined"]);
  });

  test("go on below a position, and leave purposes out but in emergencies", async () => {
    const storage = await open();
    const inEmergency = {
      ...accessOf("emergency"),
      reasons: [
        reason("BREAK_GLASS", { parameters: { id: "b", otherwise: null, wouldBeAllowed: null } }),
        ...accessOf("x").reasons,
      ],
    };
    const research = ["r1", "r2"].map((id) => accessOf(id, { purposeOfUse: "HRESCH" }));
    await storage.journal.append([
      accessOf("treat"),
      inEmergency,
      together("several", "ben", "ada"),
      accessOf("none", { purposeOfUse: null }),
      ...research,
    ]);
    assert.deepEqual(await idsOf(storage, {}, ["TREAT", "HPAYMT"]), ["r2", "r1", "none", "emergency"]);
    const [first, second, third] = await storage.patientAccesses.newest({ ...ADA, without: [], after: null, first: 3 });
    assert.deepEqual([first?.purposeOfUse, second?.purposeOfUse, third?.purposeOfUse], ["HRESCH", "HRESCH", null]);
    const after = await storage.patientAccesses.newest({
      ...ADA,
      without: [],
      after: third?.position ?? null,
      first: 2,
    });
    const records = await storage.patientAccesses.records(after.map(({ position }) => position));
    assert.deepEqual(
      records.map(({ record }) => record.id),
      ["several", "emergency"],
    );
    assert.deepEqual(
      after.map(({ inEmergency: emergency }) => emergency),
      [false, true],
    );
  });

  test("are counted by what says how they count", async () => {
    const storage = await open();
    const scopes = ["view_notes", "b"];
    const several = {
      ...accessOf("scopes", { person: null, purposeOfUse: null }),
      reasons: [
        ...scopes.map((scope) => reason("ALLOWED_BY_RULE", { role: "nurse", ruleId: "r", scope })),
        reason("ALLOWED_BY_CONSENT", { personal: { consents: [{ id: "c", version: 1 }] } }),
      ],
    };
    await storage.journal.append([accessOf("1"), accessOf("2"), several, together("3", "ben", "ada")]);
    assert.equal(await storage.patientAccesses.count(ADA), 4);
    assert.equal(await storage.patientAccesses.count({ ...ADA, outcome: "DENY" }), 0);
    const found = await alikeOf(storage, ADA);
    const nina = { subject: { id: "nina", type: "user" }, byConsent: false, inEmergency: false };
    const treated = { ...nina, purposeOfUse: "TREAT", scopes: ["view_notes"] };
    const consented = { purposeOfUse: null, subject: null, scopes, byConsent: true, inEmergency: false };
    assert.deepEqual(
      found.toSorted((a, b) => b.count - a.count || Number(a.byConsent) - Number(b.byConsent)),
      [
        { ...treated, count: 3 },
        { ...consented, count: 1 },
      ],
    );
  });

  test("are counted a part at a time, however many differ: each once", async () => {
    const storage = await open();
    const many = Array.from({ length: 12_001 }, (_, i) =>
      i % 3 !== 0 ? accessOf(`${i}`, { person: `p${i}` }) : { ...together(`${i}`, "ben", "ada"), scope: `s${i % 7}` },
    );
    for (let at = 0; at < many.length; at += 2_000) await storage.journal.append(many.slice(at, at + 2_000));
    await storage.untilFollowed();
    const parts: number[] = [];
    const people = new Map<string, number>();
    await storage.patientAccesses.alike(ADA, (part) => {
      parts.push(part.length);
      for (const { count, subject } of part)
        people.set(subject?.id ?? "", (people.get(subject?.id ?? "") ?? 0) + count);
    });
    assert.ok(parts.length >= 3 && parts.every((length) => length <= 5_000), parts.join());
    assert.equal(people.size, 8_001);
    assert.deepEqual([...new Set([...people].flatMap(([id, n]) => (id === "nina" ? [] : [n])))], [1]);
    assert.equal(people.get("nina"), 4_001);
    assert.equal(await storage.patientAccesses.count(ADA), 12_001);
  });

  test("rest on a consent where they are about this patient alone: of several it may be another's", async () => {
    const storage = await open();
    const consented = (made: AccessRecord): AccessRecord => ({
      ...made,
      reasons: [...made.reasons, reason("ALLOWED_BY_CONSENT", { personal: { consents: [{ id: "c", version: 1 }] } })],
    });
    await storage.journal.append([
      consented(accessOf("alone")),
      consented(together("both", "ada", "ben")),
      consented(search("confined", [filter([patient("ada")])])),
      consented(search("either", [filter([patient("ada"), patient("ben")])])),
    ]);
    for (const [of, byConsent] of [
      ["ada", [false, true, false, true]],
      ["ben", [false, false]],
    ] as const) {
      const found = await storage.patientAccesses.newest({ ...ADA, patient: of, without: [], after: null, first: 9 });
      assert.deepEqual(
        found.map((access) => access.byConsent),
        byConsent,
      );
      const alike = await alikeOf(storage, { ...ADA, patient: of });
      const counted = alike.filter((group) => group.byConsent).reduce((sum, { count }) => sum + count, 0);
      assert.equal(counted, byConsent.filter((each) => each).length);
    }
  });

  test("that name nobody are counted apart, up to a number, without types of nobody's and what is confined", async () => {
    const storage = await open();
    const shared = accessOf("shared", { patient: null, resource: { type: "Organization" } });
    await storage.journal.append([
      ...["1", "2", "3"].map((id) => search(id, [])),
      search("confined", [filter([patient("ada")])]),
      search("wider", [filter([patient("ada"), code])]),
      shared,
      accessOf("denied", { patient: null, outcome: "DENY" }),
      accessOf("own"),
    ]);
    const { from, to } = ADA;
    const count = (most: number) =>
      storage.patientAccesses.namingNobody({ from, to, without: ["Organization", "Medication"], most });
    assert.equal(await count(100), 4);
    assert.equal(await count(3), 3);
  });

  test("are the same whether they are in the index or not, a page at a time and from any time on", async (context) => {
    const url = await backend().fresh();
    const made = Array.from({ length: 300 }, (_, i) => {
      const at = NOON - DAY / 2 + i * 60_000;
      const who = { patient: i % 3 === 0 ? "ada" : `p${i % 11}`, at };
      const several = accessOf(`t${i}`, { patient: null, at, resource: { patients: [`p${i % 11}`, "ada"] } });
      return i % 7 === 0 ? several : accessOf(`a${i}`, who);
    });
    async function answers(storage: Storage): Promise<unknown> {
      const told: unknown[] = [];
      for (const from of [ADA.from, NOON - 3_600_000, NOON])
        for (const to of [ADA.to, NOON + 3_600_000]) {
          const query = { ...ADA, from, to };
          const positions: number[] = [];
          for (let after: number | null = null; ; ) {
            const page = await storage.patientAccesses.newest({ ...query, without: ["X"], after, first: 7 });
            positions.push(...page.map(({ position }) => position));
            if (page.length < 7) break;
            after = page.at(-1)?.position ?? null;
          }
          told.push(positions, await storage.patientAccesses.count(query));
          const alike = await alikeOf(storage, query);
          told.push(alike.reduce((sum, { count }) => sum + count, 0));
        }
      return told;
    }
    const { consumer, goOn, hold } = heldConsumer(context, decisionIndex);
    const storage = await open(url, { following: { consumers: [[consumer]] } });
    const indexed = async () => Number((await backend().raw(url, "SELECT COUNT(*) AS n FROM decision_index"))[0]?.n);
    hold();
    await storage.journal.append(made);
    const before = await answers(storage);
    assert.equal((before as readonly (readonly number[])[])[0]?.length, 128);
    assert.equal(await indexed(), 0, "nothing of it is in the index");
    goOn();
    await storage.journalSpan();
    assert.equal(await indexed(), made.length);
    assert.deepEqual(await answers(storage), before);
  });
});
