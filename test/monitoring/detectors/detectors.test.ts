import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, test } from "node:test";
import { canonicalJson, type Json } from "../../../src/domain/kernel/canonical.ts";
import type { Detector, Finding, WatchedEntity } from "../../../src/domain/monitoring/detectors/detector.ts";
import { DETECTORS as detectors } from "../../../src/domain/monitoring/detectors/detectors.ts";
import { defaultsOf, observeDecision } from "../../../src/domain/monitoring/watch/observe.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { labels, purpose } from "../../support/oneForm.ts";
import { incidents, month } from "./month.ts";
import { bytesOf, DAY, decision, HOUR, keyOf, MINUTE, patient, START, watch } from "./watching.ts";

const folder = resolve("src/domain/monitoring/detectors");
const camelCase = (code: string): string =>
  code.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** No value can be changed once it was given or taken: who changes one fails. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** Shows decisions to a detector whose entities come in their order or the other way round, with all frozen. */
function run(detector: Detector, decisions: readonly WatchedDecision[], { reverse = false } = {}) {
  const baselines = new Map<string, Json>();
  const findings: Finding[] = [];
  const turned: Detector = reverse
    ? { ...detector, entitiesOf: (each) => detector.entitiesOf(each).toReversed() }
    : detector;
  for (const each of decisions) {
    const seen = observeDecision({
      detector: turned,
      decision: frozen(each),
      parameters: frozen(defaultsOf(detector)),
      baselineOf: (entity) => baselines.get(keyOf(entity)) ?? null,
    });
    for (const { entity, baseline } of seen.kept) baselines.set(keyOf(entity), frozen(baseline));
    findings.push(
      ...seen.findings.map(({ finding }) => finding).toSorted((a, b) => (keyOf(a.entity) < keyOf(b.entity) ? -1 : 1)),
    );
  }
  return { baselines, findings };
}
const textOf = ({ baselines, findings }: ReturnType<typeof run>): string =>
  canonicalJson([Object.fromEntries(baselines), findings] as unknown as Json);

test("each detector is a file with a test of its name, and each such file is in the list", () => {
  const [files, tests] = [readdirSync(folder), readdirSync("test/monitoring/detectors")];
  const defined = files.filter((file) => /= defineDetector</.test(readFileSync(resolve(folder, file), "utf8")));
  assert.deepEqual(detectors.map(({ code }) => `${camelCase(code)}.ts`).sort(), defined.sort());
  const docs = readFileSync("docs/monitoring.md", "utf8");
  for (const { code } of detectors) {
    assert.ok(tests.includes(`${camelCase(code)}.test.ts`), code);
    assert.ok(docs.includes(`| \`${code}\` |`), `a row for ${code} in docs/monitoring.md`);
  }
});

test("every code has one detector, which says what it compares and what can be set", () => {
  assert.equal(new Set(detectors.map(({ code }) => code)).size, 15);
  for (const { code, title, compares, parameters } of detectors) {
    assert.ok(title.length > 5 && /^[A-Z].*[.]$/.test(compares), code);
    for (const [name, { default: value, minimum, maximum, description }] of Object.entries(parameters))
      assert.ok(
        minimum < maximum && minimum <= value && value <= maximum && /^[A-Z].*\.$/.test(description),
        `${code} ${name}`,
      );
  }
});

describe("for every detector", () => {
  const seen = month();
  for (const detector of detectors) {
    const { code } = detector;
    const incident = incidents[code];

    test(`${code}: tells its incident after a month as usual, and is silent without it`, () => {
      const usual = watch(detector);
      assert.deepEqual(
        usual.see(seen).filter(({ severity }) => severity !== "INFO"),
        [],
      );
      const findings = usual.see(incident);
      assert.ok(findings.length > 0);
    });

    test(`${code}: the same decisions give the same findings and baselines, and nothing that is given is changed`, () => {
      const all = [...seen, ...incident];
      assert.equal(textOf(run(detector, all)), textOf(run(detector, all)));
    });

    test(`${code}: the order of a decision's entities makes no difference`, () => {
      const all = [...seen, ...incident];
      assert.equal(textOf(run(detector, all)), textOf(run(detector, all, { reverse: true })));
    });

    test(`${code}: names each entity once, and reads no other than it says`, () => {
      for (const each of [...seen.slice(0, 500), ...incident]) {
        const keys = detector.entitiesOf(each).map(keyOf);
        assert.equal(new Set(keys).size, keys.length);
      }
      // `watch` throws where a baseline is read that was not named.
      watch(detector).see([...seen, ...incident]);
    });

    test(`${code}: a finding is of its decision, with whole points, a sentence, and no patient in it`, () => {
      const all = [...seen, ...incident];
      const ids = new Set(all.flatMap(({ patients }) => patients.map(({ id }) => id)));
      for (const finding of run(detector, all).findings) {
        const cause = all.find(({ id }) => id === finding.decisionId);
        assert.ok(cause !== undefined && cause.at === finding.at && finding.detector === code);
        assert.ok(detector.entitiesOf(cause).some((entity) => keyOf(entity) === keyOf(finding.entity)));
        assert.ok(Number.isInteger(finding.points) && finding.points >= 0 && finding.points <= 100);
        assert.ok(finding.severity !== "INFO" || finding.points === 0);
        assert.match(finding.sentence, /^\S.*[^.]\.$/);
        assert.doesNotMatch(finding.sentence, /NaN|Infinity|undefined|null/);
        for (const id of ids) assert.ok(!finding.sentence.includes(id), finding.sentence);
        assert.ok(finding.evidence.length <= 20 && !finding.evidence.includes(finding.decisionId));
      }
    });

    test(`${code}: what is flagged is not learnt`, () => {
      // Whoever had the incident a hundred times is no more used to it than who had it once.
      const usual = (times: number) => {
        const watched = watch(detector);
        watched.see(seen);
        for (let i = 0; i < times; i++) watched.see(incident);
        // What a day or an hour came to is learnt when it is over.
        const last = Math.max(...incident.map(({ at }) => at));
        watched.see(seen.slice(-60).map((each) => ({ ...each, at: last + DAY })));
        return [...watched.baselines].map(([key, baseline]) => [key, learntOf(baseline)]);
      };
      assert.deepEqual(usual(20), usual(1));
    });

    test(`${code}: what is known before an incident is known after it, and no more`, () => {
      const watched = watch(detector);
      // Days and hours that are over are learnt before.
      watched.see([...seen, ...seen.slice(-60).map((each) => ({ ...each, at: START + 42 * DAY + 2 * HOUR }))]);
      const known = () => [...watched.baselines].map(([key, baseline]) => [key, learntOf(baseline)] as const);
      const before = known();
      watched.see(incident);
      const after = new Map(known());
      for (const [key, learnt] of before) assert.deepEqual(after.get(key), learnt, key);
    });

    test(`${code}: a decision that is none of its business changes nothing`, () => {
      const none = decision({
        at: START + 40 * DAY,
        outcome: "DENY",
        kind: "GRANT",
        subject: null,
        action: null,
        resourceType: null,
        clientId: "app",
      });
      const { baselines } = run(detector, seen);
      const text = canonicalJson(Object.fromEntries(baselines));
      const parameters = defaultsOf(detector);
      const after = observeDecision({
        detector,
        decision: none,
        parameters,
        baselineOf: (entity) => baselines.get(keyOf(entity)) ?? null,
      });
      if (!["DENIAL_BURST", "DORMANT_CLIENT"].includes(code)) assert.deepEqual(after, { kept: [], findings: [] });
      assert.equal(canonicalJson(Object.fromEntries(baselines)), text);
    });

    test(`${code}: decisions a little out of order neither break it nor make it tell of what is usual`, () => {
      const shuffled = seen
        .map((each, i) => ({ each, at: each.at + ((i * 7_919) % 11) * MINUTE }))
        .sort((a, b) => a.at - b.at)
        .map(({ each }) => each);
      assert.deepEqual(
        watch(detector)
          .see(shuffled)
          .filter(({ severity }) => severity !== "INFO"),
        [],
      );
    });

    test(`${code}: a baseline is bounded whatever is pumped into it`, () => {
      const most: { readonly [kind in WatchedEntity["kind"]]: number } = {
        CLIENT: 2_048,
        SUBJECT: 300,
        PATIENT: 300,
        ROLE: 2_048,
      };
      const watched = watch(detector);
      let largest = 0;
      for (let i = 0; i < 2_000; i++) {
        watched.see([adversarial(i)]);
        if (i % 50 !== 0 && i < 1_950) continue;
        for (const [key, baseline] of watched.baselines) {
          const kind = key.split(" ", 1)[0] as WatchedEntity["kind"];
          assert.ok(
            bytesOf(baseline) <= most[kind],
            `${key} has ${bytesOf(baseline)} bytes: ${canonicalJson(baseline).slice(0, 400)}`,
          );
          largest = Math.max(largest, bytesOf(baseline));
        }
        // Of many patients a few are enough.
        if (watched.baselines.size > 400)
          for (const key of [...watched.baselines.keys()].filter((each) => each.startsWith("PATIENT")).slice(0, 300))
            watched.baselines.delete(key);
      }
      assert.ok(largest > 0);
    });
  }
});

/** What a baseline knows of what is usual: all but what it counts now and what it has told. */
function learntOf(baseline: Json): Json {
  const now = [
    "told",
    "toldDay",
    "toldWeek",
    "toldMany",
    "toldCopied",
    "toldOverdue",
    "ids",
    "probedAt",
    "inHour",
    "inDay",
    "all",
    "some",
    "fresh",
    "denials",
    "targets",
    "emergencies",
    "people",
    "reasons",
    "copies",
    "lists",
    "hour",
    "from",
  ];
  if (typeof baseline !== "object" || baseline === null || Array.isArray(baseline)) return baseline;
  return Object.fromEntries(Object.entries(baseline).filter(([name]) => !now.includes(name)));
}

/** A decision with as many, as long and as strange values as can be; every one is another. */
function adversarial(i: number): WatchedDecision {
  const long = `${'\u20ac"\\'.repeat(60)}${i}`;
  // Hours, days and years apart, and back.
  const at = START + (i % 3 === 0 ? i * HOUR : i % 7 === 0 ? (i * 400 * DAY) % 90_000_000_000_000 : i * MINUTE);
  const scopes = Array.from(
    { length: 12 },
    (_, n) =>
      [
        `${long}${n}`,
        `user/Observation.rs?code=http://loinc.org|${i}-${n}`,
        `patient/Observation.rs?_security=${"x".repeat(150)}${i}${n}`,
      ][(i + n) % 3] ?? "",
  );
  return decision({
    id: i % 2 === 0 ? `0190b6f2-7d2e-7c3a-9b1e-${String(i).padStart(12, "0")}` : long,
    at,
    kind: i % 5 === 0 ? "GRANT" : "ACCESS",
    outcome: i % 4 === 1 ? "DENY" : "ALLOW",
    reasons: i % 2 === 0 ? ["NO_MATCHING_RULE"] : [],
    subject: { type: "user", id: i % 2 === 0 ? "nina" : long },
    roles: i % 3 === 0 ? Array.from({ length: 50 }, (_, n) => `${n}`) : ["nurse"],
    scopesAsked: scopes,
    scopesUsed: scopes,
    resourceId: long,
    labels: labels(["R", long]),
    patients: Array.from({ length: 1 + (i % 40) }, (_, n) =>
      patient(n === 0 ? "ada" : `${long}${n}`, {
        relation: (["SELF", "RELATIVE", "HOUSEHOLD", "COLLEAGUE"] as const)[i % 4] ?? null,
        vip: i % 2 === 0,
        seenByUnit: i % 3 === 0,
        explanation: i % 3 === 1 ? { kind: "CARE_TEAM", reference: null, since: 0 } : null,
      }),
    ),
    purposeOfUse: purpose(long),
    organization: long,
    place: { network: long, autonomousSystem: i, country: long },
    breakGlass: true,
    emergency: { id: long, reason: long, overdueReviews: i },
    widened: { at: at - MINUTE, by: "user/nina" },
    sunsets: [{ scope: long, endsAt: at + (i % 20) * DAY }],
  });
}
