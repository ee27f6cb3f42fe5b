import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { untilCounted } from "../support/counted.ts";
import { applyPolicy, type Service, startService } from "./support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse("2026-11-02T08:00:00Z");
const iso = (at: number): string => new Date(at).toISOString();

const AUTHORIZE = "query($input: AuthorizeInput!) { authorize(input: $input) { id outcome } }";
const EXPLAIN = `query($id: ID!) { explanation(decisionId: $id) { explained explainedLater decision { id patient resourceId }
  patients { patient explained explainedLater kind reference since } } }`;
const SHARE = `query($from: DateTime!, $to: DateTime!, $by: [StatsDimension!]) { stats(measure: EXPLAINED, from: $from, to: $to, by: $by) {
  total complete rows { key count part share allowed previous kinds { kind count } } } }`;
const PUT = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "a test") { revision } }';
const CONSENT = "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { id } }";

const POLICY = [
  { putRole: { name: "nurse" } },
  { putClient: { id: "ehr", name: "Records" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  {
    putRule: {
      id: "nurses",
      role: "nurse",
      scope: "view_labs",
      action: "read",
      resourceType: "Observation",
      effect: "ALLOW",
    },
  },
  { putClient: { id: "portal", name: "Portal" } },
  { grantScope: { clientId: "portal", scope: "patient/Observation.rs" } },
  {
    putRule: {
      id: "themselves",
      role: "nurse",
      scope: "patient/Observation.rs",
      action: "read",
      resourceType: "Observation",
      effect: "ALLOW",
    },
  },
  ...["nina", "noor", "zed", "olga"].map((subjectId) => ({
    assignRole: { subjectId, role: "nurse", organization: "ward" },
  })),
  ...["nina", "paul", "rosa"].map((subjectId) => ({
    assignRole: { subjectId, role: "nurse", organization: "home" },
  })),
  { putOrganization: { id: "ward", settings: { consentOnSilence: [{ silence: "PERMIT_TREATMENT" }] } } },
];

describe("explanation, and the share that was explained", () => {
  let folder: string;
  let service: Service;
  const time = { now: START };
  const keys: Record<string, string> = {};
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-explain-"));
    service = await startService({ DATABASE_URL: `sqlite:${join(folder, "test.db")}` }, { clock: () => time.now });
    const { body, text } = await applyPolicy(service, POLICY);
    assert.equal(body.errors, undefined, text);
    for (const role of ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"]) {
      const { body, text } = await service.ask(
        'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key } }',
        { variables: { name: role, roles: [role], subject: { id: role.toLowerCase() } } },
      );
      assert.equal(body.errors, undefined, text);
      keys[role] = body.data.createApiKey.key;
    }
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (by: string, query: string, variables: unknown) =>
    (await service.ask(query, { key: keys[by] as string, variables })).body;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const data = async (by: string, query: string, variables: unknown): Promise<any> => {
    const body = await ask(by, query, variables);
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  const refused = async (code: string, by: string, query: string, variables: unknown): Promise<string> => {
    const body = await ask(by, query, variables);
    assert.equal(body.errors?.[0]?.extensions?.code, code, JSON.stringify(body));
    return JSON.stringify(body.errors[0]);
  };
  const put = (...entities: readonly object[]) => data("ADMIN", PUT, { entities });
  const access = async (subject: string, patients: readonly string[], organization = "ward"): Promise<string> => {
    const resource = { type: "Observation", id: "o1", patients, organization, labels: ["N"] };
    const input = {
      clientId: "ehr",
      subject: { id: subject },
      scopes: ["view_labs"],
      action: "read",
      purposeOfUse: "TREAT",
      resource,
    };
    const { id, outcome } = await data("SERVICE", AUTHORIZE, { input });
    assert.equal(outcome, organization === "ward" ? "ALLOW" : "DENY");
    return id as string;
  };
  const acts = async (kind: string) => {
    const rows = await sqliteRaw(
      `sqlite:${join(folder, "test.db")}`,
      `SELECT record, personal FROM journal WHERE kind = '${kind}' ORDER BY seq`,
    );
    return rows.map(({ personal, record }) => ({ ...JSON.parse(String(record)), ...JSON.parse(String(personal)) }));
  };

  test("tell what explained it, since when, for each patient; what is explained later says so", async () => {
    await put(
      { type: "user", id: "nina", properties: { unit: "w1" } },
      { type: "user", id: "noor", properties: { unit: "w1" } },
      { type: "Patient", id: "ann", properties: { careTeam: ["nina"] } },
      { type: "Patient", id: "dora", properties: { careTeam: ["nina"] } },
    );
    time.now += HOUR;
    const first = await access("nina", ["ann", "bob"]);
    const colleague = await access("noor", ["ann"]);
    const unrelated = await access("zed", ["ann"]);
    const [known, unknown] = [
      {
        patient: "ann",
        explained: true,
        explainedLater: false,
        kind: "CARE_TEAM",
        reference: "Patient/ann",
        since: iso(START),
      },
      { patient: "bob", explained: false, explainedLater: false, kind: null, reference: null, since: null },
    ];
    const of = (id: string, by = "AUDITOR") => data(by, EXPLAIN, { id });
    assert.deepEqual(await of(first), {
      explained: false,
      explainedLater: false,
      decision: { id: first, patient: "ann", resourceId: "o1" },
      patients: [known, unknown],
    });
    assert.deepEqual((await of(colleague)).patients, [
      { ...known, kind: "COLLEAGUE", reference: first, since: iso(time.now) },
    ]);
    assert.equal((await of(unrelated)).explained, false);

    time.now += DAY;
    await put({ type: "Patient", id: "bob", properties: { orders: ["w1"] } });
    const recipient = {
      patient: "ann",
      subjectId: "zed",
      effect: "PERMIT",
      purposes: ["TREAT"],
      source: { kind: "PAPER" },
      reason: "a test",
    };
    const { id: consentId } = await data("CONSENT", CONSENT, { input: recipient });
    const later = { explained: true, explainedLater: true, since: iso(time.now) };
    const after = await of(first);
    assert.deepEqual([after.explained, after.explainedLater], [true, true]);
    assert.deepEqual(after.patients, [known, { ...later, patient: "bob", kind: "ORDER", reference: "Patient/bob" }]);
    assert.deepEqual((await of(unrelated)).patients, [
      { ...later, patient: "ann", kind: "CONSENT", reference: consentId },
    ]);
  });

  test("are on record before the answer, with whom they were about; consents that were read, too", async () => {
    const [askedBefore, readBefore] = [(await acts("SIMULATION")).length, (await acts("CONSENT_READ")).length];
    const related = await access("nina", ["dora"]);
    await data("AUDITOR", EXPLAIN, { id: related });
    assert.equal((await acts("CONSENT_READ")).length, readBefore, "no consent was looked at");
    const unrelated = await access("olga", ["carl"]);
    await data("REVIEWER", EXPLAIN, { id: unrelated });
    const asked = (await acts("SIMULATION")).slice(askedBefore);
    const whole = (patient: string) => [
      ["explanation", undefined],
      ["explanation", [patient]],
    ];
    assert.deepEqual(
      asked.map(({ field, patients }) => [field, patients]).sort(),
      [...whole("dora"), ...whole("carl")].sort(),
    );
    for (const [fields, recorded] of [
      ["explained", [["dora"]]],
      [
        "...Access ... { patients { kind } } } } fragment Access on Explanation { explained ... { explainedLater",
        [["dora"]],
      ],
      ["reproduced", [undefined]],
      ["__typename", [undefined]],
      ["__typename explained", [["dora"]]],
      ["reproduced explained", [undefined, ["dora"]]],
    ] as const) {
      const before = (await acts("SIMULATION")).length;
      await data("AUDITOR", `query($id: ID!) { explanation(decisionId: $id) { ${fields} } }`, { id: related });
      const made = (await acts("SIMULATION")).slice(before).map(({ patients }) => patients);
      assert.deepEqual(made, recorded, `what is not asked for is not worked out: ${fields}`);
    }
    const [read, ...more] = (await acts("CONSENT_READ")).slice(readBefore);
    assert.deepEqual([read.field, read.patients, read.consents, more.length], ["explanation", ["carl"], 0, 0]);
  });

  test("name no patient and no resource to a reviewer, and not that a colleague is one", async () => {
    await put({ type: "user", id: "olga", properties: { patientRecord: "p-olga" } });
    for (const id of [await access("nina", ["dora"]), await access("olga", ["p-olga"])]) {
      const shown = await data("REVIEWER", EXPLAIN, { id });
      const text = JSON.stringify(shown);
      assert.doesNotMatch(text, /"dora"|\/dora"|p-olga|"o1"/);
      assert.equal(shown.patients[0].patient, shown.decision.patient);
      // Kinds of relation, without references and since when: who knows when the directory was changed could tell whose it is.
      assert.deepEqual([shown.patients[0].reference, shown.patients[0].since], [null, null]);
    }
  });

  test("are not asked of a denial, and say so; of an unknown decision there is none", async () => {
    const denied = await access("nina", ["ann"], "elsewhere");
    const { explained, patients } = await data("AUDITOR", EXPLAIN, { id: denied });
    assert.deepEqual([explained, patients], [null, []]);
    assert.equal(await data("AUDITOR", EXPLAIN, { id: "nothing" }), null);
    assert.match(await refused("BAD_USER_INPUT", "AUDITOR", EXPLAIN, { id: "\u0007" }), /decisionId/);
  });

  test("add up to shares by day, organization, client and role, as they were when they were made", async () => {
    const window = { from: iso(START - (START % DAY)), to: iso(time.now + HOUR) };
    await untilCounted(service.app.storage);
    const { rows: days } = await data("AUDITOR", SHARE, { ...window, by: ["DAY"] });
    assert.deepEqual(days[0], {
      key: [window.from],
      count: 4,
      part: 2,
      share: 0.5,
      allowed: null,
      previous: null,
      kinds: [
        { kind: "CARE_TEAM", count: 1 },
        { kind: "COLLEAGUE", count: 1 },
      ],
    });
    const together = await data("REVIEWER", SHARE, window);
    const [all] = together.rows;
    assert.equal(together.total, days[0].count + days[1].count);
    assert.deepEqual([all.key, all.count, together.complete], [[], together.total, true]);
    for (const [by, key] of [
      ["ORGANIZATION", "ward"],
      ["CLIENT", "ehr"],
      ["ROLE", "nurse"],
    ])
      assert.deepEqual(await data("ADMIN", SHARE, { ...window, by: [by] }), {
        ...together,
        rows: [{ ...all, key: [key] }],
      });
    const { text: metrics } = await service.get("/metrics", { headers: { authorization: `Bearer ${keys.AUDITOR}` } });
    const line = `scopewarden_explained_accesses_total{organization="ward",role="nurse",explained="true"} ${all.part}`;
    assert.ok(
      metrics.includes(line),
      metrics
        .split("\n")
        .filter((each) => each.includes("explained"))
        .join("\n"),
    );
  });

  test("are refused by what nothing is counted by, for no whole day, and to who may not ask", async () => {
    const window = { from: iso(START - DAY), to: iso(time.now) };
    assert.match(
      await refused("BAD_USER_INPUT", "AUDITOR", SHARE, { ...window, by: ["CALLER"] }),
      /"by".*ORGANIZATION, CLIENT, ROLE, DAY/,
    );
    const inside = { from: iso(START), to: iso(START + HOUR) };
    assert.match(await refused("BAD_USER_INPUT", "AUDITOR", SHARE, inside), /whole day/);
    const [from, to] = [window.to, window.from];
    assert.match(await refused("BAD_USER_INPUT", "AUDITOR", SHARE, { from, to }), /later than/);
    assert.match(
      await refused("BAD_USER_INPUT", "AUDITOR", SHARE, { ...window, from: iso(START - 500 * DAY) }),
      /400 days/,
    );
    assert.match(
      await refused("BAD_USER_INPUT", "AUDITOR", SHARE, { ...window, by: ["CLIENT", "ROLE"] }),
      /"by".*at most one/,
    );
    const narrowed =
      'query($from: DateTime!) { stats(measure: EXPLAINED, from: $from, filter: { clientId: "ehr" }) { total } }';
    assert.match(
      await refused("BAD_USER_INPUT", "AUDITOR", narrowed, { from: window.from }),
      /filter\.clientId.*absent/,
    );
    const stats =
      "query($from: DateTime!, $by: [StatsDimension!]) { stats(measure: DECISIONS, from: $from, by: $by) { total } }";
    assert.match(
      await refused("BAD_USER_INPUT", "AUDITOR", stats, { from: window.from, by: ["ROLE"] }),
      /"by".*not counted by it/,
    );
    for (const by of ["SERVICE", "CONSENT"]) {
      await refused("FORBIDDEN", by, SHARE, window);
      await refused("FORBIDDEN", by, EXPLAIN, { id: "x" });
    }
    await refused("FORBIDDEN", "ADMIN", EXPLAIN, { id: "x" });
  });

  test("tell a reviewer of nobody by name whether a record is their own, or of somebody whom they speak for", async () => {
    const WHO = `query($id: ID!) { explanation(decisionId: $id) { explained explainedLater
      decision { subjectId subjectType patient resourceId outcome request reasons { code message } }
      patients { patient explained explainedLater kind reference since } } }`;
    const asPatient = async (subject: string, patient: string): Promise<string> => {
      const resource = { type: "Observation", id: "o2", patient, organization: "home", labels: ["N"] };
      const of = { clientId: "portal", scopes: ["patient/Observation.rs"], action: "read" };
      const input = { ...of, subject: { id: subject }, resource, context: { patient } };
      const { id, outcome } = await data("SERVICE", AUTHORIZE, { input });
      assert.equal(outcome, "ALLOW");
      return id as string;
    };
    for (const later of [false, true]) {
      const [own, other] = [`p-paul-${later}`, `p-child-${later}`];
      const known = () =>
        put(
          { type: "user", id: "paul", properties: { patientRecord: own } },
          { type: "user", id: "rosa", properties: { represents: [other] } },
        );
      if (!later) await known();
      time.now += HOUR;
      const [paul, rosa] = [await asPatient("paul", own), await asPatient("rosa", other)];
      if (later) await known();
      assert.deepEqual(
        [(await data("AUDITOR", WHO, { id: paul })).patients, (await data("AUDITOR", WHO, { id: rosa })).patients].map(
          ([{ kind, reference }]) => [kind, reference],
        ),
        [
          ["OWN_RECORD", "user/paul"],
          ["REPRESENTS", "user/rosa"],
        ],
      );
      const [{ decision, patients }, shown] = [
        await data("REVIEWER", WHO, { id: paul }),
        await data("REVIEWER", WHO, { id: rosa }),
      ];
      assert.deepEqual([decision.subjectId, shown.decision.subjectId], ["paul", "rosa"]);
      const { kind, reference, since, explainedLater } = patients[0];
      assert.deepEqual([kind, reference, since, explainedLater], ["REPRESENTS", null, null, later]);
      const alike = (text: unknown) =>
        JSON.stringify(text)
          .replace(/~[\w-]+/g, "~")
          .replaceAll("rosa", "paul");
      assert.equal(alike(await data("REVIEWER", WHO, { id: paul })), alike(shown));
      const EXPLAINED = "query($id: ID!) { explanation(decisionId: $id) { decision { subjectId } } }";
      assert.equal((await data("REVIEWER", EXPLAINED, { id: paul })).decision.subjectId, "paul");
    }
    // By their own id they have the patient's pseudonym, which tells of nobody.
    const hidden = await data("REVIEWER", WHO, { id: await asPatient("nina", "nina") });
    assert.deepEqual([hidden.patients[0].kind, hidden.patients[0].reference], ["OWN_RECORD", null]);
    assert.equal(hidden.decision.subjectId, hidden.patients[0].patient);
  });
});
