import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { untilFollowed } from "../support/untilFollowed.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";

const DAY = 86_400_000;
const ACCESS = "id decisionId verdict judgedAt judgedBy { name } text policyRevision decision { id patient subjectId }";
const OF_WEEK = `(week: $week) { from to at population accesses { ${ACCESS} } missed { judged notJustified share low high } }`;
const SAMPLE = `query($week: DateTime!) { weeklySample${OF_WEEK} }`;
const DRAW = `mutation($week: DateTime!) { drawWeeklySample${OF_WEEK} }`;
const JUDGE = `mutation($id: ID!, $verdict: SampleVerdict!, $text: String!) { judgeSample(id: $id, verdict: $verdict, text: $text) { ${ACCESS} } }`;

interface Access {
  readonly id: string;
  readonly decisionId: string;
  readonly decision: { readonly patient: string; readonly subjectId: string };
}

describe("the weekly sample", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let week: string;
  const sample = (by: string) => world.data(by, SAMPLE, { week });
  const accessOf = async (is: (decision: Access["decision"]) => boolean): Promise<Access> => {
    const found = (await sample("otto")).accesses.find(({ decision }: Access) => is(decision));
    assert.ok(found);
    return found;
  };

  before(async () => {
    world = await openAlertWorld();
    // The middle of a week that is not over.
    world.time.now = Date.parse("2026-03-04T12:00:00Z");
    week = "2026-03-04T12:00:00Z";
    await world.looks("nora", 6);
    await world.looks("rose", 2);
    const own = { type: "Observation", id: "own", patient: "rita" };
    await world.decide({ subject: { id: "sam" }, resource: own });
    await untilFollowed(world.url);
  });
  after(() => world.stop());

  test("is of a week that is over and of which it is known what was flagged; a refusal draws nothing", async () => {
    for (const text of [SAMPLE, DRAW])
      assert.deepEqual(await world.refused("BAD_USER_INPUT", "rita", text, { week }), ["week"]);
    world.time.now += 7 * DAY;
    const old = new Date(world.time.now - 25 * 7 * DAY).toISOString();
    for (const text of [SAMPLE, DRAW]) {
      assert.deepEqual(await world.refused("BAD_USER_INPUT", "rita", text, { week: old }), ["week"]);
      for (const by of ["ada", "gateway"]) await world.refused("FORBIDDEN", by, text, { week });
    }
  });

  test("is there once somebody has it drawn: to ask for it makes no work", async () => {
    assert.equal(await sample("rita"), null);
    assert.doesNotMatch(JSON.stringify(await world.data("rita", "{ inbox { cases { kind } } }")), /SAMPLE/);
  });

  test("is drawn once, from all that nothing explains and no detector flags, under pseudonyms to a reviewer", async () => {
    const drawn = await world.data("rita", DRAW, { week });
    // Of nora's six the fourth to the sixth are flagged.
    assert.deepEqual([drawn.population, drawn.accesses.length, drawn.missed], [6, 6, null]);
    assert.deepEqual([drawn.from, drawn.to], ["2026-03-02T00:00:00.000Z", "2026-03-09T00:00:00.000Z"]);
    assert.doesNotMatch(JSON.stringify(drawn), /patient-\d|"rita"/);
    const findings = "{ findings { edges { node { decisionId shadow points } } } }";
    const flagged = new Set<string>();
    for (const { node } of (await world.data("otto", findings)).edges)
      if (!node.shadow && node.points > 0) flagged.add(node.decisionId);
    assert.equal(flagged.size, 3);
    assert.ok(drawn.accesses.every(({ decisionId }: Access) => !flagged.has(decisionId)));
    world.time.now += DAY;
    assert.equal((await world.data("otto", DRAW, { week })).at, drawn.at);
    const again = await sample("otto");
    assert.equal(again.at, drawn.at);
    const ids = ({ accesses }: { readonly accesses: readonly Access[] }) =>
      accesses.map(({ decisionId }) => decisionId);
    assert.deepEqual(ids(again), ids(drawn));
    assert.match(JSON.stringify(again), /patient-1/);
  });

  test("nobody judges their own access or their own record, by whatever key", async () => {
    const { id: own } = await accessOf(({ patient }) => patient === "rita");
    const { id: ofRose } = await accessOf(({ subjectId }) => subjectId === "rose");
    const verdict = { verdict: "JUSTIFIED", text: "t" };
    const acts = "SELECT record FROM journal WHERE kind = 'AUDIT' ORDER BY seq";
    const before = (await sqliteRaw(world.url, acts)).length;
    await world.refused("FORBIDDEN", "rita", JUDGE, { id: own, ...verdict });
    // The refusal tells whose record it is: that somebody had it is on record.
    const refused = (await sqliteRaw(world.url, acts)).slice(before).map(({ record }) => JSON.parse(String(record)));
    assert.deepEqual(
      refused.map(({ field, shown }) => [field, shown]),
      [["judgeSample", 0]],
    );
    await world.refused("FORBIDDEN", "rose", JUDGE, { id: ofRose, ...verdict });
    await world.refused("FORBIDDEN", "ada", JUDGE, { id: ofRose, ...verdict });
    await world.refused("NOT_FOUND", "rita", JUDGE, { id: "none", ...verdict });
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "rita", JUDGE, { id: ofRose, ...verdict, text: "" }), [
      "text",
    ]);
    assert.equal((await sample("otto")).missed, null);
  });

  test("each says whether the caller may judge it, as judging does, and waits in the inboxes of those who may", async () => {
    const { id: own } = await accessOf(({ patient }) => patient === "rita");
    const mayOf = async (by: string) => {
      const asked = `query($week: DateTime!) { weeklySample(week: $week) { accesses { id viewerMay { action allowed because isAwaited } } } }`;
      return (await world.data(by, asked, { week })).accesses as {
        readonly id: string;
        readonly viewerMay: object[];
      }[];
    };
    const inbox = async (by: string) =>
      (await world.data(by, "{ inbox { cases { kind id title count subject { id } patient } } }")).cases.filter(
        ({ kind }: { readonly kind: string }) => kind === "SAMPLE",
      );
    const { id: ofRose } = await accessOf(({ subjectId }) => subjectId === "rose");
    const [mine] = (await mayOf("rose")).filter(({ id }) => id === ofRose);
    const because = "An access is judged by somebody whose access it was not, and whose record it was not";
    assert.deepEqual(
      mine?.viewerMay.map((may) => ({ ...may, because: "" })),
      [{ action: "judgeSample", allowed: false, because: "", isAwaited: true }],
    );
    assert.match(JSON.stringify(mine), new RegExp(because));
    // To who sees pseudonyms none of them is said to be their own record: that would tell whose one is.
    assert.equal(JSON.stringify(await mayOf("rita")).match(/"allowed":true/g)?.length, 6);
    assert.equal(JSON.stringify(await mayOf("otto")).match(/"allowed":true/g)?.length, 6);
    assert.equal((await inbox("otto")).length, 6);
    assert.ok(!(await inbox("rose")).some(({ id }: { readonly id: string }) => id === ofRose));
    const waiting = await inbox("rita");
    assert.deepEqual([waiting.length, waiting.some(({ id }: { readonly id: string }) => id === own)], [6, true]);
    assert.deepEqual(
      { ...waiting[0], id: "" },
      {
        ...{ kind: "SAMPLE", id: "", count: 1, subject: null, patient: null },
        title: "Judge an access that was drawn at random from the week of 2026-03-02",
      },
    );
    const toDo = async () =>
      (await world.data("rita", "{ toDo { kind atMost isMore } }")).filter(
        ({ kind }: { readonly kind: string }) => kind === "SAMPLE",
      );
    assert.deepEqual(await toDo(), [{ kind: "SAMPLE", atMost: 6, isMore: false }]);
  });

  test("each access is judged once, and what comes of them is the estimate of what is missed", async () => {
    const { id } = await accessOf(({ subjectId }) => subjectId === "rose");
    const judged = await world.data("rita", JUDGE, { id, verdict: "NOT_JUSTIFIED", text: "A neighbour" });
    assert.deepEqual([judged.verdict, judged.judgedBy.name, judged.text], ["NOT_JUSTIFIED", "rita", "A neighbour"]);
    await world.refused("CONFLICT", "otto", JUDGE, { id, verdict: "JUSTIFIED", text: "t" });
    const { id: other } = await accessOf(({ patient }) => patient === "rita");
    await world.data("rose", JUDGE, { id: other, verdict: "JUSTIFIED", text: "t" });
    const { id: third } = await accessOf(({ subjectId }) => subjectId === "nora");
    await world.data("otto", JUDGE, { id: third, verdict: "CANNOT_TELL", text: "t" });
    const left = await world.data("otto", "{ inbox { cases { id } } }");
    assert.ok(!JSON.stringify(left).includes(id), "what is judged waits no more");
    const { missed } = await sample("otto");
    assert.deepEqual([missed.judged, missed.notJustified, missed.share], [2, 1, 0.5]);
    assert.ok(missed.low > 0.09 && missed.low < 0.1 && missed.high > 0.9 && missed.high < 0.91, JSON.stringify(missed));
  });
});
