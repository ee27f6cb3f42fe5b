import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import type { Alert, AlertFilter, FindingFilter } from "../../src/domain/monitoring/alerts/alert.ts";
import type { Detector } from "../../src/domain/monitoring/detectors/detector.ts";
import { activeDetectors, type DetectorSetting } from "../../src/domain/monitoring/detectors/detectorSetting.ts";
import { BASELINE_DAYS } from "../../src/domain/monitoring/watch/baseline.ts";
import { createWatch } from "../../src/domain/monitoring/watch/watch.ts";
import type { DetectorAct } from "../../src/domain/record/detectorAct.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { heldConsumer } from "../support/heldConsumer.ts";
import { DAY, HOUR, SAMPLE_DETECTORS } from "../support/watching.ts";
import { allDecisions } from "./allDecisions.ts";
import { killInTheMiddle, killRounds, momentOf } from "./killRounds.ts";
import { decision } from "./samples.ts";
import { sampleWatching, watchedOf } from "./sampleWatching.ts";
import { onEveryBackend } from "./suite.ts";

/** Closes an alert for the first time, and quiets nothing. */
const CLOSES = { quiet: null, earlier: 0 };

const START = 1_795_500_000_000;
const setting = (more: Partial<DetectorSetting> = {}): DetectorSetting => ({
  detector: "MANY_PATIENTS",
  mode: "ON",
  parameters: {},
  alertsPerWeek: null,
  version: 1,
  changedAt: START,
  changedBy: "key:admin",
  reason: "tried on March",
  ...more,
});
const actOf = ({ changedAt, changedBy, reason, ...rest }: DetectorSetting): DetectorAct => ({
  ...rest,
  at: changedAt,
  author: changedBy,
  text: reason,
  before: { mode: "SHADOW", parameters: {}, alertsPerWeek: null },
});
const ON: readonly DetectorSetting[] = (["MANY_PATIENTS", "NEW_SCOPE", "DENIAL_BURST"] as const).map((detector) =>
  setting({ detector, alertsPerWeek: detector === "NEW_SCOPE" ? 2.5 : null, parameters: { alertAt: 12 } }),
);
const by = (id: string) => ({ callerId: `key:${id}`, subject: { id, type: "user", issuer: null } });
const closed = {
  at: START,
  by: by("rita"),
  verdict: "FALSE_POSITIVE",
  cause: "NEW_DUTIES",
  text: "Ünïcode 𝄞, about rob",
} as const;

/** Decisions of a few people over a month, of whom one looks at many. */
const month = (from: number, to: number): readonly AccessRecord[] =>
  Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    const base = decision(n, { decidedAt: START + n * HOUR, outcome: n % 29 === 0 ? "DENY" : "ALLOW" });
    const subject = { id: `user-${n % 3}`, type: "user", organization: null, roles: null, attributes: null };
    const patient = n % 3 === 0 ? `patient-${n}` : `patient-${n % 5}`;
    return { ...base, request: { ...base.request, subject, resource: { ...base.request.resource, patient } } };
  });

onEveryBackend("watching", ({ open, backend }) => {
  const untilWatched = (storage: Storage) => storage.untilFollowed();
  async function watching(settings: readonly DetectorSetting[] = ON) {
    const url = await backend().fresh();
    const setUp = await open(url);
    for (const each of settings) await setUp.detectors.change(each, actOf(each));
    await setUp.close();
    const storage = await open(url, { following: { consumers: [[sampleWatching()]] } });
    return { url, storage };
  }
  const everyFinding = async (storage: Storage, filter: FindingFilter = {}) => {
    await untilWatched(storage);
    const { items } = await storage.alerts.findings({ filter, page: { first: 10_000, after: null } });
    return items.map(({ node }) => node).reverse();
  };
  const everyAlert = async (storage: Storage, filter: AlertFilter = {}): Promise<readonly Alert[]> => {
    const { items } = await storage.alerts.page({ filter, page: { first: 1000, after: null } });
    return items.map(({ node }) => node);
  };
  const first = (alerts: readonly Alert[]): Alert => {
    assert.ok(alerts[0]);
    return alerts[0];
  };
  const inMemory = async ({ url, settings = ON }: { readonly url: string; readonly settings?: typeof ON }) => {
    const rows = await backend().raw(url, "SELECT seq, id FROM journal WHERE kind = 'DECISION' ORDER BY seq");
    const reader = await open(url);
    const byId = new Map((await allDecisions(reader, {})).map((record) => [record.id, record]));
    const watched = rows.flatMap(({ id, seq }) => {
      const record = byId.get(String(id));
      return record === undefined ? [] : [watchedOf(record, Number(seq))];
    });
    assert.equal(watched.length, rows.length);
    const stories = new Map();
    const told = createWatch(activeDetectors(SAMPLE_DETECTORS, settings)).take(watched);
    for (const story of told.stories) stories.set(story.id, story);
    return { ...told, watched };
  };
  const agrees = async (url: string, storage: Storage) => {
    const expected = await inMemory({ url });
    assert.ok(expected.findings.length > 20 && expected.opened.length > 1);
    assert.deepEqual(await everyFinding(storage), expected.findings);
    const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? 1 : -1);
    const opened = [...expected.opened].sort(byId).map((story) => ({ ...story, partOfId: null }));
    assert.deepEqual([...(await everyAlert(storage))].sort(byId), opened);
    const acts = await backend().raw(url, "SELECT id FROM journal WHERE kind = 'ALERT' ORDER BY id DESC");
    assert.deepEqual(
      acts.map(({ id }) => id),
      opened.map(({ id }) => `alert:${id}:opened`),
    );
    const { items } = await storage.watchedHistory.read({ from: 0, to: 9e15, after: 0, first: 10_000 });
    assert.deepEqual(
      items.map(({ node }) => node),
      expected.watched,
    );
  };

  test("live is as in memory, finding by finding and alert by alert, in whatever steps", async () => {
    const { storage, url } = await watching();
    for (let n = 0; n < 700; n += 70) {
      await storage.journal.append(month(n, n + 70));
      if (n % 210 === 0) await untilWatched(storage);
    }
    await untilWatched(storage);
    await agrees(url, storage);
  });

  test("killed again and again, two on PostgreSQL, it finds and counts each thing once, and nothing is missing", {
    timeout: 300_000 + killRounds(5) * 30_000,
  }, async () => {
    const { storage: setUp, url } = await watching();
    await setUp.close();
    const writing = await open(url, { following: { consumers: [] } });
    const instances = url.startsWith("postgres") ? 2 : 1;
    // So many that all of it is within the time for which decisions are kept.
    const eachRound = Math.max(70, Math.floor(2100 / killRounds(5)));
    let n = 0;
    for (let round = 0; round < killRounds(5); round++) {
      for (const end = n + eachRound; n < end; n += 70) await writing.journal.append(month(n, n + 70));
      await killInTheMiddle("test/storage/watchingChild.ts", { url, instances, moment: momentOf(round) });
    }
    const heir = await open(url, {
      following: { consumers: [[decisionIndex], [sampleWatching()]], leaseMs: 1 },
    });
    await untilWatched(heir);
    await agrees(url, heir);
    await heir.journalSpan();
    const counted = "SELECT SUM(n) AS n FROM rollup WHERE dimension = 1 AND grain = 1";
    assert.equal(Number((await backend().raw(url, counted))[0]?.n), n);
  });

  test("two instances, whose leases run out in the middle of the work, find each thing once", async () => {
    const { storage: setUp, url } = await watching();
    await setUp.close();
    const following = { consumers: [[sampleWatching()]], leaseMs: 1 };
    const [one, two] = [await open(url, { following }), await open(url, { following })];
    for (let n = 0; n < 1400; n += 140) {
      await one.journal.append(month(n, n + 70));
      await two.journal.append(month(n + 70, n + 140));
    }
    for (const storage of [one, two, one]) await untilWatched(storage);
    await sleep(100);
    await untilWatched(two);
    await agrees(url, one);
  });

  test("nothing is found anew when what explains accesses is made again, and what comes then is found", async () => {
    const { storage: setUp, url } = await watching();
    await setUp.close();
    const follower = sampleWatching();
    const following = { consumers: [[decisionIndex], [follower]] };
    const storage = await open(url, { following });
    await storage.journal.append(month(0, 300));
    await untilWatched(storage);
    const before = await everyFinding(storage);
    await storage.rebuildIndex();
    assert.deepEqual(await everyFinding(storage), before);
    await storage.journal.append(month(300, 700));
    await untilWatched(storage);
    await agrees(url, storage);
  });

  test("while every detector is OFF no decision is kept for them, and those that come later are", async () => {
    const all = SAMPLE_DETECTORS.map(({ code }) => setting({ detector: code, mode: "OFF" }));
    const { storage, url } = await watching(all);
    await storage.journal.append(month(0, 100));
    await untilWatched(storage);
    const kept = async () => Number((await backend().raw(url, "SELECT COUNT(*) AS n FROM watched_decision"))[0]?.n);
    assert.equal(await kept(), 0);
    const on = setting({ detector: "DENIAL_BURST", version: 2 });
    await storage.detectors.change(on, actOf(on));
    await storage.journal.append(month(100, 140));
    await untilWatched(storage);
    assert.equal(await kept(), 40);
  });

  test("a detector that nobody set is in SHADOW: what it finds is kept, and makes no alert; one that is OFF finds nothing", async () => {
    const { storage } = await watching([setting({ detector: "DENIAL_BURST", mode: "OFF" })]);
    await storage.journal.append(month(0, 400));
    await untilWatched(storage);
    const findings = await everyFinding(storage);
    assert.ok(findings.length > 5 && findings.every(({ shadow, storyId }) => shadow && storyId === null));
    assert.ok(!findings.some(({ detector }) => detector === "DENIAL_BURST"));
    assert.deepEqual(await everyAlert(storage), []);
    assert.equal((await everyFinding(storage, { shadow: false })).length, 0);
  });

  test("a setting is read as it was written, with its act; who is late changes nothing", async () => {
    const { storage, url } = await watching();
    assert.deepEqual(
      [...(await storage.detectors.settings())].sort((a, b) => (a.detector < b.detector ? -1 : 1)),
      [...ON].sort((a, b) => (a.detector < b.detector ? -1 : 1)),
    );
    const next = setting({ version: 2, mode: "OFF", alertsPerWeek: 4 });
    await storage.detectors.change(next, actOf(next));
    await assert.rejects(storage.detectors.change(next, actOf(next)), { code: "CONFLICT" });
    await assert.rejects(storage.detectors.change({ ...next, version: 4 }, actOf({ ...next, version: 4 })), {
      code: "CONFLICT",
    });
    assert.deepEqual(
      (await storage.detectors.settings()).find(({ detector }) => detector === "MANY_PATIENTS"),
      next,
    );
    const acts = await backend().raw(url, "SELECT id, record FROM journal WHERE kind = 'DETECTOR' ORDER BY seq");
    assert.deepEqual(acts.map(({ id }) => id).slice(2), ["detector:DENIAL_BURST:1", "detector:MANY_PATIENTS:2"]);
    assert.ok(!String(acts[0]?.record).includes("March"));
  });

  test("an alert is acknowledged and closed once each, with their acts, and stays closed", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 300));
    await untilWatched(storage);
    const alert = first(await everyAlert(storage));
    const acknowledged = { at: START + 1, by: by("rita") };
    await storage.alerts.acknowledge(alert.id, acknowledged);
    await assert.rejects(storage.alerts.acknowledge(alert.id, acknowledged), { code: "CONFLICT" });
    await storage.alerts.close(alert.id, closed, CLOSES);
    await assert.rejects(storage.alerts.close(alert.id, closed, CLOSES), { code: "CONFLICT" });
    assert.deepEqual(await storage.alerts.find(alert.id), {
      ...alert,
      alert: { ...alert.alert, acknowledged, closed },
    });
    assert.equal(await storage.alerts.find("\0"), null);
    await assert.rejects(storage.alerts.close("none", closed, CLOSES), { code: "CONFLICT" });
    const acts = await backend().raw(
      url,
      "SELECT id, record FROM journal WHERE kind = 'ALERT' ORDER BY seq DESC LIMIT 2",
    );
    assert.deepEqual(
      acts.map(({ id }) => id),
      [`alert:${alert.id}:closed`, `alert:${alert.id}:acknowledged`],
    );
    for (const { record } of acts) assert.ok(!/rob|user-0|patient-/.test(String(record)), String(record));
    const behind = (sql: string) => backend().raw(url, sql);
    await assert.rejects(
      behind(`UPDATE watch_story SET verdict = 'EXPECTED' WHERE id = '${alert.id}'`),
      /does not change/,
    );
    await assert.rejects(behind(`DELETE FROM watch_story WHERE id = '${alert.id}'`), /is kept/);
  });

  test("what is found after an alert was closed begins another story", async () => {
    const { storage } = await watching();
    await storage.journal.append(month(0, 100));
    await untilWatched(storage);
    const [alert] = (await everyAlert(storage)).filter(({ entity }) => entity.kind === "SUBJECT");
    assert.ok(alert !== undefined);
    await storage.alerts.close(alert.id, closed, CLOSES);
    const count = (await everyAlert(storage)).length;
    await storage.journal.append(month(100, 150));
    await untilWatched(storage);
    const alerts = await everyAlert(storage);
    assert.ok(alerts.length > count);
    assert.deepEqual(
      alerts.find(({ id }) => id === alert.id),
      { ...alert, alert: { ...alert.alert, closed } },
    );
  });

  test("alerts are found by what they are and say, page by page", async () => {
    const { storage } = await watching();
    await storage.journal.append(month(0, 700));
    await untilWatched(storage);
    const alerts = await everyAlert(storage);
    const [newest, oldest] = [first(alerts), alerts.at(-1) as Alert];
    await storage.alerts.close(oldest.id, closed, CLOSES);
    await storage.alerts.acknowledge(newest.id, { at: 1, by: by("rita") });
    const ids = async (filter: AlertFilter) => (await everyAlert(storage, filter)).map(({ id }) => id);
    const where = (is: (alert: Alert) => boolean) => alerts.filter(is).map(({ id }) => id);
    assert.deepEqual(await ids({ states: ["CLOSED"] }), [oldest.id]);
    assert.deepEqual(await ids({ verdict: "FALSE_POSITIVE" }), [oldest.id]);
    assert.deepEqual(await ids({ verdict: "EXPECTED" }), []);
    assert.deepEqual(await ids({ states: ["ACKNOWLEDGED"] }), [newest.id]);
    assert.deepEqual(
      await ids({ states: ["OPEN"] }),
      where(({ id }) => id !== oldest.id && id !== newest.id),
    );
    for (const severity of ["MEDIUM", "HIGH"] as const)
      assert.deepEqual(
        await ids({ severity }),
        where((each) => each.severity === severity),
        severity,
      );
    for (const detector of ["MANY_PATIENTS", "DENIAL_BURST"] as const)
      assert.deepEqual(
        await ids({ detector }),
        where((each) => each.detectors.includes(detector)),
        detector,
      );
    assert.deepEqual(
      await ids({ subjectId: "user-0" }),
      where(({ subject }) => subject?.id === "user-0"),
    );
    assert.deepEqual(
      await ids({ clientId: "client-1" }),
      where(({ clientId }) => clientId === "client-1"),
    );
    const { openedAt } = newest.alert;
    assert.deepEqual(
      await ids({ from: openedAt }),
      where(({ alert }) => alert.openedAt >= openedAt),
    );
    assert.deepEqual(
      await ids({ to: openedAt }),
      where(({ alert }) => alert.openedAt < openedAt),
    );
    assert.deepEqual(await ids({ patient: "\ud800" }), []);
    const pages: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await storage.alerts.page({ filter: {}, page: { first: 2, after } });
      pages.push(...page.items.map(({ node }) => node.id));
      if (!page.hasNextPage) break;
      after = page.items.at(-1)?.key ?? null;
    }
    assert.deepEqual(
      pages,
      where(() => true),
    );
    const [byNewest, byOldest] = await Promise.all(
      (["NEWEST", "OLDEST"] as const).map((orderBy) =>
        storage.alerts.page({ filter: {}, page: { first: 1000, after: null, orderBy } }),
      ),
    );
    const times = (byNewest?.items ?? []).map(({ node }) => node.alert.openedAt);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    assert.deepEqual(
      (byOldest?.items ?? []).map(({ node }) => node.alert.openedAt),
      times.toReversed(),
    );
    assert.equal(await byNewest?.total(), pages.length);
    const open = await storage.alerts.openAlerts();
    assert.deepEqual([open.MEDIUM + open.HIGH + open.LOW + open.INFO, open.INFO], [alerts.length - 1, 0]);
    const counts = await storage.detectors.countsSince(0);
    assert.equal(counts.get("MANY_PATIENTS")?.alerts, where((each) => each.detectors.includes("MANY_PATIENTS")).length);
    assert.equal(counts.get("NEW_SCOPE"), undefined);
  });

  test("the decisions of an alert and whose they are come from its findings", async () => {
    const { storage } = await watching();
    await storage.journal.append(month(0, 300));
    await untilWatched(storage);
    const alert = first((await everyAlert(storage)).filter(({ entity }) => entity.kind === "SUBJECT"));
    const own = (await everyFinding(storage, { alertId: alert.id })).filter(({ points }) => points > 0);
    const { items } = await storage.alerts.decisionsOf(alert.id, { first: 100, after: null });
    assert.deepEqual(
      items.map(({ node }) => node),
      [...new Set(own.map(({ decisionId }) => decisionId))].reverse(),
    );
    assert.equal(items.length, alert.count);
    const [head, second] = items;
    const rest = await storage.alerts.decisionsOf(alert.id, { first: 1, after: head?.key ?? 0 });
    assert.deepEqual(rest.items, [second]);
    const parties = (await storage.alerts.partiesOf([alert.id])).get(alert.id) ?? [];
    const clients = [...new Set(own.map(({ clientId }) => clientId))].map((id) => ({ type: "client", id }));
    const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);
    assert.deepEqual([...parties].sort(byId), [{ type: "user", id: alert.subject?.id ?? "" }, ...clients].sort(byId));
    assert.deepEqual([...(await storage.alerts.partiesOf(["absent", "\0"]))], []);
    await storage.alerts.close(alert.id, closed, CLOSES);
    assert.deepEqual(await storage.alerts.verdictsOn(items.map(({ node }) => node)), [
      { alertId: alert.id, verdict: "FALSE_POSITIVE" },
    ]);
    assert.deepEqual(await storage.alerts.verdictsOn(["none"]), []);
  });

  test("what is suppressed makes no alert until it ends, or is ended", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 100));
    await untilWatched(storage);
    const alert = first((await everyAlert(storage)).filter(({ entity }) => entity.kind === "SUBJECT"));
    const suppression = {
      id: "s1",
      alertId: alert.id,
      detector: null,
      entity: alert.entity,
      patient: null,
      from: START + 100 * HOUR,
      until: START + 200 * HOUR,
      by: "key:rita",
      reason: "Rob moves to another ward",
      ended: null,
    };
    await storage.alerts.suppress(suppression);
    assert.deepEqual(await storage.alerts.findSuppression("s1"), suppression);
    await storage.alerts.close(alert.id, closed, CLOSES);
    await storage.journal.append(month(100, 300));
    await untilWatched(storage);
    const of = (await everyFinding(storage)).filter(
      ({ at, entity }) => entity.id === alert.entity.id && at >= suppression.from,
    );
    const hushed = of.filter(({ suppressed }) => suppressed);
    assert.ok(hushed.length > 3 && hushed.length < of.length);
    assert.deepEqual(
      hushed,
      of.filter(({ at }) => at < suppression.until),
    );
    assert.ok(hushed.every(({ storyId }) => storyId === null));
    assert.deepEqual(await everyFinding(storage, { suppressed: true }), hushed);
    const inForce = async (inForceAt: number | null) =>
      (await storage.alerts.suppressions({ inForceAt, page: { first: 5, after: null } })).items.map(({ key }) => key);
    assert.deepEqual([await inForce(null), await inForce(suppression.from)], [["s1"], ["s1"]]);
    assert.deepEqual(await inForce(suppression.until), []);
    await storage.alerts.endSuppression("s1", { at: START + 150 * HOUR, by: "key:rita", reason: "done" });
    assert.deepEqual(await inForce(START + 160 * HOUR), []);
    await assert.rejects(storage.alerts.endSuppression("s1", { at: START, by: "key:rita", reason: "r" }), {
      code: "CONFLICT",
    });
    const acts = await backend().raw(
      url,
      "SELECT id, record FROM journal WHERE kind = 'ALERT_SUPPRESSION' ORDER BY seq",
    );
    assert.deepEqual(
      acts.map(({ id }) => id),
      ["alert-suppression:s1:begun", "alert-suppression:s1:ended"],
    );
    for (const { record } of acts) assert.ok(!/Rob|user-0/.test(String(record)), String(record));
  });

  test("of much that was not used each step removes a part, until all is gone", async () => {
    const { storage, url } = await watching();
    const old = Array.from({ length: 4_500 }, (_, i) => `('MANY_PATIENTS', 'SUBJECT', 'user/old-${i}', '{}', 1)`);
    await backend().raw(url, `INSERT INTO watch_baseline VALUES ${old.join(", ")}`);
    const left: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      await storage.journal.append(month(i, i + 1));
      await untilWatched(storage);
      const [row] = await backend().raw(url, "SELECT COUNT(*) AS n FROM watch_baseline WHERE used_at = 1");
      left.push(Number(row?.n));
    }
    assert.deepEqual(left, [2_500, 500, 0]);
  });

  test("alerts are listed by rank and points, closed ones last, page by page", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 700));
    await untilWatched(storage);
    const [one, two, three] = await everyAlert(storage);
    assert.ok(one !== undefined && two !== undefined && three !== undefined);
    assert.ok(one.points >= two.points && two.points >= three.points);
    await backend().raw(url, `UPDATE watch_story SET rank = 'SENSITIVE_UNEXPLAINED' WHERE id = '${three.id}'`);
    await storage.alerts.close(one.id, closed, CLOSES);
    const listed = await everyAlert(storage);
    assert.deepEqual([listed[0]?.id, listed.at(-1)?.id], [three.id, one.id]);
    const pages: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await storage.alerts.page({ filter: {}, page: { first: 1, after } });
      pages.push(...page.items.map(({ node }) => node.id));
      if (!page.hasNextPage) break;
      after = page.items.at(-1)?.key ?? null;
    }
    assert.deepEqual(
      pages,
      listed.map(({ id }) => id),
    );
  });

  test("one alert of a matter is open at a time, by the database too", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 300));
    await untilWatched(storage);
    const [one, other] = (await everyAlert(storage)).filter(({ entity }) => entity.kind === "SUBJECT");
    assert.ok(one !== undefined && other !== undefined);
    await assert.rejects(
      backend().raw(
        url,
        `UPDATE watch_story SET entity_id = '${one.entity.id}', matter = '${one.matter}' WHERE id = '${other.id}'`,
      ),
      /unique/i,
    );
  });

  test("a verdict is taken back with what it quieted, given again, and both stay on record", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 100));
    await untilWatched(storage);
    const alert = first(await everyAlert(storage));
    const { at, by: closer } = closed;
    const kept = {
      ...{ alertId: alert.id, detector: null, entity: alert.entity, patient: "p7" },
      ...{ from: at, until: at + 30 * DAY, by: closer.callerId, reason: "t", ended: null },
    };
    await storage.alerts.close(alert.id, closed, { ...CLOSES, quiet: { ...kept, id: "quiet" } });
    // What somebody suppressed at the same alert by hand is not the verdict's.
    await storage.alerts.suppress({ ...kept, id: "by-hand", from: at + 1, by: "key:rose" });
    const step = { at: at + 60_000, author: closer.callerId };
    const about = { closed, replaced: [] };
    await storage.alerts.reopen(alert.id, step, about);
    const takenBack = { ...closed, takenBackAt: step.at };
    const open = await storage.alerts.find(alert.id);
    assert.deepEqual(open?.alert, { ...alert.alert, closed: null, replaced: [takenBack] });
    assert.deepEqual((await storage.alerts.findSuppression("quiet"))?.ended, { at: step.at, by: closer.callerId });
    assert.equal((await storage.alerts.findSuppression("by-hand"))?.ended, null);
    await assert.rejects(storage.alerts.reopen(alert.id, step, about), { code: "CONFLICT" });

    const again = { ...closed, at: at + 90_000, cause: null };
    await storage.alerts.close(alert.id, again, { quiet: null, earlier: 1 });
    const reread = (await storage.alerts.find(alert.id))?.alert;
    assert.deepEqual([reread?.closed, reread?.replaced], [again, [takenBack]]);
    const acts = await backend().raw(
      url,
      "SELECT id, record FROM journal WHERE kind = 'ALERT' ORDER BY seq DESC LIMIT 3",
    );
    assert.deepEqual(
      acts.map(({ id }) => String(id)),
      [`alert:${alert.id}:closed:1`, `alert:${alert.id}:reopened:1`, `alert:${alert.id}:closed`],
    );
    // Nobody opens one by hand without keeping what was said.
    await assert.rejects(
      backend().raw(
        url,
        `UPDATE watch_story SET closed_at = NULL, closed_by = NULL, verdict = NULL, close_text = NULL WHERE id = '${alert.id}'`,
      ),
      /does not change/,
    );
  });

  test("an alert stays closed where another about the same was opened since", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 100));
    await untilWatched(storage);
    const [one] = (await everyAlert(storage)).filter(({ entity }) => entity.kind === "SUBJECT");
    assert.ok(one !== undefined);
    await storage.alerts.close(one.id, closed, CLOSES);
    await backend().raw(
      url,
      `INSERT INTO watch_story (id, entity_kind, entity_id, first_at, last_at, points, count, severity, detectors, last_decision_id, opened_at, matter)
        SELECT 'newer', entity_kind, entity_id, first_at, last_at, points, count, severity, detectors, last_decision_id, opened_at, matter
        FROM watch_story WHERE id = '${one.id}'`,
    );
    const step = { at: closed.at + 1, author: closed.by.callerId };
    await assert.rejects(storage.alerts.reopen(one.id, step, { closed, replaced: [] }), /another alert about the same/);
    assert.deepEqual((await storage.alerts.find(one.id))?.alert.closed, closed);
  });

  test("a verdict is corrected once as it was read, with both on record, and what it had suppressed ends", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 100));
    await untilWatched(storage);
    const alert = first(await everyAlert(storage));
    const quiet = {
      ...{ id: "quiet", alertId: alert.id, detector: null, entity: alert.entity, patient: "p7" },
      ...{ from: closed.at, until: closed.at + 30 * DAY, by: closed.by.callerId, reason: "t", ended: null },
    };
    await storage.alerts.close(alert.id, closed, { ...CLOSES, quiet });
    assert.deepEqual(await storage.alerts.findSuppression("quiet"), quiet);
    assert.equal(await storage.alerts.quietUntil(alert.id, closed.at), quiet.until);
    const step = {
      ...closed,
      at: closed.at + DAY,
      by: by("rose"),
      verdict: "TRUE_POSITIVE",
      cause: "SNOOPING",
    } as const;
    const about = { replaced: [closed], quiet: null, endsQuiet: true };
    await storage.alerts.correct(alert.id, step, about);
    const after = await storage.alerts.find(alert.id);
    assert.deepEqual([after?.alert.closed, after?.alert.replaced], [step, [closed]]);
    assert.deepEqual((await storage.alerts.findSuppression("quiet"))?.ended, { at: step.at, by: "key:rose" });
    assert.equal(await storage.alerts.quietUntil(alert.id, step.at), null);
    await assert.rejects(storage.alerts.correct(alert.id, step, about), { code: "CONFLICT" });
    const kinds = await backend().raw(url, "SELECT id FROM journal WHERE kind LIKE 'ALERT%' ORDER BY seq DESC LIMIT 4");
    assert.deepEqual(
      kinds.map(({ id }) => String(id)),
      [
        "alert-suppression:quiet:ended",
        `alert:${alert.id}:corrected:1`,
        "alert-suppression:quiet:begun",
        `alert:${alert.id}:closed`,
      ],
    );
    // Nor does anybody change a verdict beside that.
    await assert.rejects(
      backend().raw(url, `UPDATE watch_story SET cause = 'TEST' WHERE id = '${alert.id}'`),
      /does not change/,
    );
  });

  test("what was not used for its days goes; alerts and what they rest on stay", async () => {
    const { storage, url } = await watching();
    await storage.journal.append(month(0, 300));
    await untilWatched(storage);
    const rows = async (sql: string) => (await backend().raw(url, sql)).map(({ n }) => Number(n))[0];
    const alerts = await everyAlert(storage);
    const resting = (await everyFinding(storage)).filter(({ storyId }) => alerts.some(({ id }) => id === storyId));
    assert.ok(resting.length > 0 && resting.length < (await everyFinding(storage)).length);
    const late = START + 300 * HOUR + (BASELINE_DAYS + 8) * DAY;
    await storage.journal.append([{ ...month(5000, 5001)[0], decidedAt: late } as AccessRecord]);
    await untilWatched(storage);
    assert.equal(await rows("SELECT COUNT(*) AS n FROM watched_decision"), 1);
    assert.equal(await rows("SELECT COUNT(*) AS n FROM watch_baseline WHERE kind = 'SUBJECT'"), 1);
    assert.ok(Number(await rows("SELECT COUNT(*) AS n FROM watch_baseline WHERE kind = 'CLIENT'")) > 1);
    assert.deepEqual(await everyAlert(storage), alerts);
    assert.deepEqual(await everyFinding(storage), resting);
    assert.equal(await rows("SELECT COUNT(*) AS n FROM watch_story WHERE opened_at IS NULL"), 0);
  });

  test("decisions are read again as they were watched, by when they were made and where they stand", async () => {
    const { storage } = await watching();
    assert.equal(await storage.watchedHistory.span(), null);
    await storage.journal.append(month(0, 50));
    await untilWatched(storage);
    assert.deepEqual(await storage.watchedHistory.span(), { oldest: START, newest: START + 49 * HOUR });
    const window = { from: START + 10 * HOUR, to: START + 20 * HOUR };
    const read = async (query: Parameters<typeof storage.watchedHistory.read>[0]) => {
      const { hasNextPage, items } = await storage.watchedHistory.read(query);
      assert.deepEqual(
        [items.every(({ key, node }) => key === node.position), hasNextPage],
        [true, items.length === query.first],
      );
      return items.map(({ node }) => node);
    };
    const all = await read({ ...window, after: 0, first: 100 });
    assert.deepEqual(
      all.map(({ at }) => (at - START) / HOUR),
      [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    );
    const after = all[3]?.position ?? 0;
    assert.deepEqual(await read({ ...window, after, first: 2 }), all.slice(4, 6));
    assert.deepEqual(await read({ from: 0, to: START, after: 0, first: 5 }), []);
  });

  test("alerts and findings wait for nothing, and say up to when all is watched", async (context) => {
    const { storage: setUp, url } = await watching();
    await setUp.close();
    const { consumer, goOn, hold } = heldConsumer(context, sampleWatching());
    const now = START + 1_000 * HOUR;
    const storage = await open(url, { clock: () => now, following: { consumers: [[consumer]] } });
    const asked = async () => {
      const page = { first: 1, after: null };
      const [alerts, findings] = [
        await storage.alerts.page({ filter: {}, page }),
        await storage.alerts.findings({ filter: {}, page }),
      ];
      return [alerts.asOf, findings.asOf];
    };
    await storage.journal.append(month(0, 200));
    await untilWatched(storage);
    // The alerts that were made of them are acts, too.
    await untilWatched(storage);
    hold();
    assert.deepEqual(await asked(), [now, now]);
    await storage.journal.append(month(200, 203));
    assert.deepEqual(await asked(), [START + 200 * HOUR, START + 200 * HOUR]);
    goOn();
    await untilWatched(storage);
  });

  test("a detector that throws is counted and told of once; the others and the explanations go on", async () => {
    const broken: Detector = {
      code: "FREQUENCY",
      title: "Broken",
      compares: "Nothing.",
      parameters: {},
      entitiesOf: ({ clientId }) => [{ kind: "CLIENT", id: clientId }],
      observe({ decision: { patients } }) {
        throw new TypeError(`never seen ${patients[0]?.id}`);
      },
    };
    const logged: string[] = [];
    const storage = await open(undefined, {
      detectors: [broken, ...SAMPLE_DETECTORS],
      log: ({ detail, message }) => logged.push(`${message} ${detail}`),
    });
    await storage.journal.append(month(0, 120));
    const detectors = new Set((await everyFinding(storage)).map(({ detector }) => detector));
    assert.deepEqual([...detectors].sort(), ["DENIAL_BURST", "MANY_PATIENTS"]);
    assert.deepEqual([...storage.detectorFailures()], [["FREQUENCY", 120]]);
    const told = logged.filter((line) => line.includes("FREQUENCY"));
    assert.deepEqual(told, [
      "A detector failed at a decision. It passes over that one; the others go on. FREQUENCY: TypeError",
    ]);
    assert.ok((await storage.watched.counts({ by: null, from: 0, to: 9e15 })).counts.length > 0);
    assert.equal(storage.followers().find(({ name }) => name === "watching")?.failures, 0);
  });
});
