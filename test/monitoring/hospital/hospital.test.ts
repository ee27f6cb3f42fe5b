import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import { HOUR, SCORED_FROM, startOf } from "../../../bench/src/monitoring/hospital/calendar.ts";
import { happenings, makeHospital } from "../../../bench/src/monitoring/hospital/hospital.ts";
import type { Happening, NumberedDecision } from "../../../bench/src/monitoring/hospital/types.ts";
import type { PlantedStory } from "../../../bench/src/monitoring/incidents/incident.ts";
import { standardStories } from "../../../bench/src/monitoring/incidents/plant.ts";
import { createNaiveWatcher } from "../../../bench/src/monitoring/naiveWatcher.ts";
import { createRandom } from "../../../bench/src/monitoring/random.ts";

function* firstDays(days: number, all: Iterable<Happening>): Generator<Happening> {
  for (const happening of all) {
    if (happening.at >= startOf(days)) return;
    yield happening;
  }
}

const digest = (all: Iterable<unknown>): string => {
  const hash = createHash("sha256");
  for (const one of all) hash.update(JSON.stringify(one));
  return hash.digest("hex");
};

describe("a synthetic hospital", () => {
  test("is the same for the same number, and another for another", () => {
    const [first, again, other] = [7, 7, 8].map((seed) => digest(firstDays(2, happenings(makeHospital(seed), seed))));
    assert.equal(first, again);
    assert.notEqual(first, other);
  });

  test("works the same whatever is planted", () => {
    const ordinary = (planted: readonly PlantedStory[]): string => {
      const rightful: unknown[] = [];
      for (const happening of firstDays(3, happenings(makeHospital(7), 7, planted)))
        if (happening.kind === "DECISION" && happening.decision.label.kind === "RIGHTFUL") {
          const { id: _, position: __, ...decision } = happening.decision;
          rightful.push(decision);
        }
      assert.ok(rightful.length > 10_000);
      return digest(rightful);
    };
    const [one] = [...firstDays(1, happenings(makeHospital(7), 7))].flatMap((happening) =>
      happening.kind === "DECISION" ? [happening.decision] : [],
    );
    assert.ok(one);
    const story = { id: "x", bad: true, kind: "x", dose: null, snooping: false };
    const planted = { story, facts: [], decisions: [{ ...one, label: { kind: "INCIDENT", id: "x" } as const }] };
    assert.equal(ordinary([planted]), ordinary([]));
  });

  describe("of twelve weeks", () => {
    const seed = 1;
    let stories: readonly PlantedStory[] = [];
    const seen = new Map<string, number>();
    const counts = {
      decisions: 0,
      scored: 0,
      staff: 0,
      undocumented: 0,
      unexplained: 0,
      weekend: 0,
      atFive: 0,
      atTen: 0,
    };
    const wrong: string[] = [];
    let people: ReadonlySet<string> = new Set();

    function look(decision: NumberedDecision, explained: string | null | undefined): void {
      const { at, label, kind, outcome, patients } = decision;
      counts.decisions++;
      if (at >= startOf(SCORED_FROM)) counts.scored++;
      if (new Date(at).getUTCDay() % 6 === 0) counts.weekend++;
      const hour = Math.floor(at / HOUR) % 24;
      if (hour === 5) counts.atFive++;
      if (hour === 10) counts.atTen++;
      if (label.kind !== "RIGHTFUL") {
        seen.set(label.id, (seen.get(label.id) ?? 0) + 1);
        const snooping = stories.find(({ story }) => story.id === label.id)?.story.snooping;
        if (snooping && kind === "ACCESS" && explained) wrong.push(`${label.id} is explained by ${explained}`);
        return;
      }
      const byStaff = decision.subject !== null && people.has(decision.subject.id);
      if (byStaff !== (label.documented !== null) && kind === "ACCESS")
        wrong.push(`${decision.id} has no label of staff`);
      if (!byStaff || kind !== "ACCESS" || patients.length === 0) return;
      counts.staff++;
      if (!label.documented) counts.undocumented++;
      if (outcome !== "ALLOW") return;
      if (explained === null) counts.unexplained++;
      const related = explained !== null && explained !== "COLLEAGUE";
      if (related !== label.documented)
        wrong.push(`${decision.id} is ${label.documented}, and explained by ${explained}`);
    }

    before(() => {
      const hospital = makeHospital(seed);
      people = new Set(hospital.people.staff.map(({ id }) => id));
      stories = standardStories(hospital, seed, createRandom("stories"));
      const watcher = createNaiveWatcher();
      let last = 0;
      let position = 0;
      for (const happening of happenings(hospital, seed, stories)) {
        if (happening.at < last) wrong.push(`${happening.kind} at ${happening.at} comes after ${last}`);
        last = happening.at;
        if (happening.kind !== "DECISION") {
          watcher.learn(happening);
          continue;
        }
        position++;
        if (happening.decision.position !== position) wrong.push(`position ${happening.decision.position}`);
        const [patient] = watcher.watch(happening.decision).patients;
        look(happening.decision, patient?.explanation?.kind ?? null);
      }
    });

    test("decides about 400,000 times, in the order of time", () => {
      assert.ok(counts.decisions > 380_000 && counts.decisions < 460_000, `${counts.decisions}`);
      assert.ok(counts.scored > counts.decisions * 0.31 && counts.scored < counts.decisions * 0.4, `${counts.scored}`);
    });

    test("has the shape of a week", () => {
      assert.ok(counts.weekend / counts.decisions < 0.22, `${counts.weekend}`);
      assert.ok(counts.atTen > counts.atFive * 3, `${counts.atTen} at ten, ${counts.atFive} at five`);
    });

    test("leaves 8 in 100 of the staff's rightful accesses without a relation, and some of these to colleagues", () => {
      const share = counts.undocumented / counts.staff;
      assert.ok(share > 0.075 && share < 0.085, `${share}`);
      const unexplained = counts.unexplained / counts.staff;
      assert.ok(unexplained > 0.035 && unexplained < 0.055, `${unexplained}`);
    });

    test("labels each decision as what it is, and lets no relation explain snooping", () => {
      // A relation may end, or be written down, in the minutes in which somebody has a record open.
      const races = wrong.filter((one) => /^d\d+ is (true|false), and explained/.test(one));
      assert.ok(races.length < counts.staff / 2000, `${races.length}: ${races.slice(0, 3).join("; ")}`);
      assert.deepEqual(
        wrong.filter((one) => !races.includes(one)),
        [],
      );
    });

    test("holds every planted decision, each once", () => {
      for (const { story, decisions } of stories) assert.equal(seen.get(story.id), decisions.length, story.id);
      assert.equal(seen.size, stories.length);
    });
  });
});
