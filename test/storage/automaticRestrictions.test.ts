import assert from "node:assert/strict";
import { test } from "node:test";
import { peopleOf } from "../../src/domain/callers/samePerson.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import type { Alert } from "../../src/domain/monitoring/alerts/alert.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { AlertResponseRule, Organization, RowChange } from "../../src/domain/policy/types.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { lettingAlerts } from "../support/restrictions.ts";
import { SAMPLE_DETECTORS } from "../support/watching.ts";
import { killInTheMiddle, killRounds, momentOf } from "./killRounds.ts";
import { client, decision, revision } from "./samples.ts";
import { sampleWatching } from "./sampleWatching.ts";
import { onEveryBackend } from "./suite.ts";

/** Signed in with an account that the directory links. */
const account = { type: null, id: "otto", issuer: "x" };
const OTTO = {
  callerId: "jwt:x#otto",
  subject: account,
  people: peopleOf([account, { type: "user", id: "otto", issuer: null }]),
};

const MINUTE = 60_000;
const rules = (more: { readonly mostPerHour?: number } = {}): readonly AlertResponseRule[] => [
  {
    response: "STEP_UP",
    maxMinutes: 60,
    automatic: { from: "MEDIUM", minutes: 20, mostPerHour: more.mostPerHour ?? 100 },
  },
  {
    response: "SUSPENSION",
    maxMinutes: 60,
    automatic: { from: "HIGH", minutes: 30, mostPerHour: more.mostPerHour ?? 100 },
  },
];
const lifted = { by: OTTO, reason: "r" };

onEveryBackend("restrictions that the service imposes by itself", ({ open, backend }) => {
  let n = 0;
  /** So many patients whom somebody sees, at one time. Of the sample detectors six on a day make an alert, and seven one of severity HIGH. */
  const looks = (
    person: string,
    patients: number,
    { at = Date.now(), clientId = "portal", organization = "lab" } = {},
  ): readonly AccessRecord[] =>
    Array.from({ length: patients }, (_, i) => {
      const base = decision(++n, { decidedAt: at, outcome: "ALLOW" });
      const subject = { id: person, type: "user", organization: null, roles: null, attributes: null };
      const resource = { ...base.request.resource, patient: `patient-${i}`, organization };
      return { ...base, request: { ...base.request, clientId, subject, resource } };
    });
  /** Denials of a client, three of which make an alert of severity HIGH. */
  const denials = (clientId: string, count: number): readonly AccessRecord[] =>
    looks(`${clientId}-user`, count, { clientId }).map((each) => ({ ...each, outcome: "DENY" }));

  async function setUp(organizations: { readonly [id: string]: readonly AlertResponseRule[] | null } = {}) {
    const url = await backend().fresh();
    const storage = await open(url, { following: { consumers: [] } });
    const rows: readonly Organization[] = lettingAlerts([], Object.entries(organizations));
    const changes: readonly RowChange[] = [
      ...rows.map((row) => changeOf("organization", null, row)),
      changeOf("client", null, client("ehr", { careCritical: true })),
      changeOf("client", null, client("app")),
    ];
    await storage.policy.commit(revision(1, []));
    await storage.policy.commit(revision(2, changes));
    for (const { code } of SAMPLE_DETECTORS) {
      const terms = { mode: "ON", parameters: { alertAt: 12 }, alertsPerWeek: null } as const;
      const by = { at: 1, author: "key:admin", text: "t" };
      await storage.detectors.change(
        { ...terms, detector: code, version: 1, changedAt: 1, changedBy: "key:admin", reason: "t" },
        { ...terms, ...by, detector: code, version: 1, before: { ...terms, mode: "SHADOW" } },
      );
    }
    return { url, storage };
  }
  const untilWatched = (storage: Storage) => storage.untilFollowed();
  /** Has what is on record watched, by one more instance. */
  async function watch(url: string, watching = sampleWatching()): Promise<void> {
    const storage = await open(url, { following: { consumers: [[watching]], leaseMs: 1 } });
    await untilWatched(storage);
    await storage.close();
  }
  const restrictions = async (storage: Storage) => {
    const { items } = await storage.restrictions.page({
      ...{ filter: {}, now: Date.now() },
      page: { first: 1000, after: null, orderBy: "NEWEST" },
    });
    return items.map(({ node }) => node).reverse();
  };
  const imposed = async (storage: Storage) =>
    (await restrictions(storage)).map(({ holder, response }) => `${holder.id} ${response}`);
  const acts = (url: string) =>
    backend().raw(url, "SELECT id, kind, record FROM journal WHERE kind IN ('ALERT', 'RESTRICTION') ORDER BY seq");
  const alertsOf = async (storage: Storage): Promise<readonly Alert[]> => {
    const { items } = await storage.alerts.page({ filter: {}, page: { first: 1000, after: null } });
    return items.map(({ node }) => node).reverse();
  };
  const withheld = async (storage: Storage) =>
    (await alertsOf(storage)).flatMap(({ alert, entity }) =>
      alert.withheld.map(({ because, response }) => `${entity.id} ${response} ${because}`),
    );

  test("what the policy sets is imposed when an alert comes to be and when it rises, with its acts, and then not again", async () => {
    const { storage, url } = await setUp({ "*": rules() });
    const before = Date.now();
    await storage.journal.append(looks("rose", 6));
    await watch(url);
    assert.deepEqual(await imposed(storage), ["rose STEP_UP"]);
    await storage.journal.append(looks("rose", 9).slice(6));
    await watch(url);
    assert.deepEqual(await imposed(storage), ["rose STEP_UP", "rose SUSPENSION"]);
    const [first, second] = await restrictions(storage);
    const [alert] = await alertsOf(storage);
    assert.ok(first && second && alert);
    const { id, imposedAt, reason, ...rest } = second;
    assert.ok(before <= imposedAt && imposedAt <= Date.now());
    assert.match(reason, /organization \*, revision 2/);
    assert.deepEqual(rest, {
      response: "SUSPENSION",
      alertId: alert.id,
      holder: { kind: "SUBJECT", type: "user", id: "rose" },
      imposedBy: { callerId: "scopewarden:alerts", subject: { type: "service", id: "scopewarden", issuer: null } },
      rule: { organization: "*", revision: 2 },
      endsAt: imposedAt + 30 * MINUTE,
      lifted: null,
    });
    assert.deepEqual(alert.alert.withheld, []);
    const found = await acts(url);
    assert.deepEqual(
      found.map((act) => act.id),
      [`alert:${alert.id}:opened`, `restriction:${first.id}:imposed`, `restriction:${id}:imposed`],
    );
    const { author, event, rule } = JSON.parse(String(found[2]?.record));
    assert.deepEqual([author, event, rule], ["scopewarden:alerts", "IMPOSED", { organization: "*", revision: 2 }]);
    // Decisions of every instance find it; lifted, it does not come again because of this alert.
    const whose = { clientIds: ["portal"], subjectIds: ["rose"] };
    assert.equal((await storage.restrictions.inForce(whose, Date.now())).length, 2);
    for (const each of [first, second]) await storage.restrictions.lift(each.id, { at: imposedAt + 1, ...lifted });
    await storage.journal.append(looks("rose", 20).slice(9));
    await watch(url);
    assert.deepEqual(await storage.restrictions.inForce(whose, Date.now()), []);
    assert.equal((await restrictions(storage)).length, 2);
    const byHand = `UPDATE case_file SET version = version + 1, body = '{}' WHERE id = '${id}'`;
    await assert.rejects(backend().raw(url, byHand), /does not change/);
  });

  test("nothing is imposed unless the policy says so, as it is now; an organization's own entry counts", async () => {
    const byPeople = rules().map(({ maxMinutes, response }) => ({ response, maxMinutes }));
    for (const organizations of [{}, { "*": byPeople }, { other: rules() }, { "*": rules(), lab: byPeople }]) {
      const { storage, url } = await setUp(organizations);
      await storage.journal.append(looks("rose", 9));
      await watch(url);
      assert.equal((await alertsOf(storage)).length, 1);
      assert.deepEqual([await imposed(storage), await withheld(storage)], [[], []]);
      await storage.close();
    }
    const { storage, url } = await setUp({ lab: rules() });
    await storage.journal.append(looks("rose", 9));
    const [row] = lettingAlerts([], [["lab", rules()]]);
    assert.ok(row);
    await storage.policy.commit(revision(3, [changeOf("organization", row, null)]));
    await watch(url);
    assert.deepEqual([await imposed(storage), await withheld(storage)], [[], []]);
  });

  test("because of one alert each kind comes once, whatever the policy becomes", async () => {
    const { storage, url } = await setUp({ "*": rules() });
    await storage.journal.append(looks("rose", 6));
    await watch(url);
    const [{ id, imposedAt } = { id: "", imposedAt: 0 }] = await restrictions(storage);
    await storage.restrictions.lift(id, { at: imposedAt + 1, ...lifted });
    const later = { from: "HIGH", minutes: 20, mostPerHour: null } as const;
    const next: readonly AlertResponseRule[] = [{ response: "STEP_UP", maxMinutes: 60, automatic: later }];
    const [before, after] = [rules(), next].map((each) => lettingAlerts([], [["*", each]])[0] ?? null);
    await storage.policy.commit(revision(3, [changeOf("organization", before ?? null, after ?? null)]));
    await storage.journal.append([...looks("rose", 9).slice(6), ...looks("rob", 9)]);
    await watch(url);
    assert.deepEqual(await imposed(storage), ["rose STEP_UP", "rob STEP_UP"]);
    assert.deepEqual(await withheld(storage), []);
  });

  test("neither suppressed alerts nor detectors in SHADOW impose anything", async () => {
    const { storage, url } = await setUp({ "*": rules() });
    const terms = { mode: "SHADOW", parameters: { alertAt: 12 }, alertsPerWeek: null } as const;
    const shadow = { ...terms, detector: "DENIAL_BURST", version: 2 } as const;
    await storage.detectors.change(
      { ...shadow, changedAt: 2, changedBy: "key:admin", reason: "t" },
      { ...shadow, before: { ...terms, mode: "ON" }, at: 2, author: "key:admin", text: "t" },
    );
    await storage.alerts.suppress({
      ...{ id: "s1", alertId: "a", detector: null, patient: null, entity: { kind: "SUBJECT", id: "user/rose" } },
      ...{ from: 0, until: Date.now() + 60 * MINUTE, by: "key:rita", reason: "r", ended: null },
    });
    await storage.journal.append([...looks("rose", 9), ...denials("app", 5)]);
    await watch(url);
    assert.deepEqual([await alertsOf(storage), await imposed(storage)], [[], []]);
  });

  test("of what was not imposed the alert tells why", async () => {
    const { storage, url } = await setUp({ "*": rules({ mostPerHour: 2 }) });
    await storage.journal.append([
      ...looks("old", 9, { at: Date.now() - 10 * MINUTE - 1_000 }),
      ...denials("ehr", 5),
      ...denials("app", 5),
      ...looks("rose", 9),
      ...looks("rob", 9),
    ]);
    await watch(url);
    assert.deepEqual(await imposed(storage), ["app STEP_UP", "app SUSPENSION", "rose STEP_UP", "rose SUSPENSION"]);
    assert.deepEqual((await withheld(storage)).sort(), [
      "ehr STEP_UP CARE_CRITICAL",
      "ehr SUSPENSION CARE_CRITICAL",
      "user/old STEP_UP TOO_LATE",
      "user/old SUSPENSION TOO_LATE",
      "user/rob STEP_UP TOO_MANY_IN_AN_HOUR",
      "user/rob SUSPENSION TOO_MANY_IN_AN_HOUR",
    ]);
  });

  test("what is in force already is not imposed beside it, and who was suspended since an alert was opened not again", async () => {
    const { storage, url } = await setUp({ "*": rules() });
    const at = Date.now();
    await storage.journal.append(denials("app", 4).map((each) => ({ ...each, decidedAt: at })));
    await watch(url);
    const [alert] = await alertsOf(storage);
    const [, suspension] = await restrictions(storage);
    assert.ok(alert && suspension);
    const { by } = lifted;
    await storage.alerts.close(
      alert.id,
      { at, by, verdict: "EXPECTED", cause: "OTHER", text: "t" },
      { quiet: null, earlier: 0 },
    );
    await storage.restrictions.lift(suspension.id, { at: suspension.imposedAt + 1, ...lifted });
    await storage.journal.append(denials("app", 4).map((each) => ({ ...each, decidedAt: at })));
    await watch(url);
    assert.deepEqual(await imposed(storage), ["app STEP_UP", "app SUSPENSION"]);
    assert.deepEqual(await withheld(storage), ["app STEP_UP IN_FORCE", "app SUSPENSION SUSPENDED_BEFORE"]);
  });

  test("half of all that may be in force is left to people", async () => {
    const { storage, url } = await setUp({ "*": rules() });
    const [at, values] = [Date.now(), [] as string[]];
    for (let i = 0; i < 500; i++)
      values.push(
        `('r${i}', 'RESTRICTION', 'IN_FORCE', 'c${i}', '["program/c${i}","@*"]', ${at}, 'k', '["person/u","@"]', ${at + 60 * MINUTE}, FALSE, 1, '{"response":"STEP_UP","reason":"r","rule":null}')`,
      );
    await backend().raw(
      url,
      `INSERT INTO case_file (id, kind, state, client_id, about_people, opened_at, opened_by, opener_people, ends_at, is_over, version, body)
        VALUES ${values.join(", ")}`,
    );
    await storage.journal.append(looks("rose", 9));
    await watch(url);
    assert.deepEqual(await withheld(storage), [
      "user/rose STEP_UP TOO_MANY_IN_FORCE",
      "user/rose SUSPENSION TOO_MANY_IN_FORCE",
    ]);
  });

  test("a step that was not committed and is taken again imposes once", async () => {
    const { storage, url } = await setUp({ "*": rules() });
    await storage.journal.append(looks("rose", 9));
    let calls = 0;
    const failsAtTheLast = sampleWatching(SAMPLE_DETECTORS, async () => {
      if (++calls === 3) throw new Error("no longer");
    });
    await watch(url, failsAtTheLast);
    // The alert and two restrictions, twice.
    assert.equal(calls, 6);
    assert.deepEqual(await imposed(storage), ["rose STEP_UP", "rose SUSPENSION"]);
    assert.equal((await acts(url)).length, 3);
  });

  test("what is watched again from the journal's beginning imposes nothing again", async () => {
    const { storage: first, url } = await setUp({ "*": rules() });
    await first.close();
    const follower = sampleWatching();
    const following = { consumers: [[decisionIndex], [follower]] };
    const storage = await open(url, { following });
    await storage.journal.append(looks("rose", 9));
    await untilWatched(storage);
    const before = await restrictions(storage);
    assert.equal(before.length, 2);
    for (const { id, imposedAt } of before) await storage.restrictions.lift(id, { at: imposedAt + 1, ...lifted });
    await storage.rebuildIndex();
    await untilWatched(storage);
    assert.deepEqual(
      (await restrictions(storage)).map(({ id }) => id),
      before.map(({ id }) => id),
    );
    assert.deepEqual(await withheld(storage), []);
  });

  test("killed again and again, two on PostgreSQL, it imposes each once", {
    timeout: 300_000 + killRounds(3) * 30_000,
  }, async () => {
    const { storage, url } = await setUp({ "*": rules() });
    const instances = url.startsWith("postgres") ? 2 : 1;
    const at = Date.now();
    // However many rounds, the policy's bound for an hour is not reached.
    const eachRound = Math.max(1, Math.floor(45 / killRounds(3)));
    let people = 0;
    for (let round = 0; round < killRounds(3); round++) {
      for (let i = 0; i < eachRound; i++) await storage.journal.append(looks(`p${people++}`, 8, { at }));
      await killInTheMiddle("test/storage/watchingChild.ts", { url, instances, moment: momentOf(round) });
    }
    await watch(url);
    const expected = Array.from({ length: people }, (_, i) => [`p${i} STEP_UP`, `p${i} SUSPENSION`]).flat();
    assert.deepEqual((await imposed(storage)).sort(), expected.sort());
    assert.deepEqual(await withheld(storage), []);
    const ids = (await acts(url)).filter(({ kind }) => kind === "RESTRICTION").map(({ id }) => id);
    assert.equal(new Set(ids).size, expected.length);
    assert.equal(ids.length, expected.length);
  });
});
