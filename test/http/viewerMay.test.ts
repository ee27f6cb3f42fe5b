import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { byUrgency } from "../../src/domain/cases/waitingLine.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { LONG } from "../support/budget.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import {
  CALLERS,
  CASE_POLICY,
  caseKinds,
  type KindOfCase,
  MAY,
  MORE_CALLERS,
  type SeenCase,
  TOKENS_OF,
} from "./caseKinds.ts";

const HOUR = 3_600_000;
const INBOX = `{ inbox(first: 1000) { more cases { kind id count ${MAY} } } toDo { kind atMost isMore } }`;

interface Entry extends SeenCase {
  readonly kind: string;
  readonly id: string;
  readonly count: number;
}

for (const fourEyes of LONG ? [true, false] : [true])
  describe(`what a viewer may do with a case${fourEyes ? ", under four eyes" : ""}`, { timeout: 300_000 }, () => {
    let world: AlertWorld;
    let kinds: { readonly [kind: string]: KindOfCase };
    before(async () => {
      const then = fourEyes ? { SCOPEWARDEN_FOUR_EYES: "on" } : undefined;
      world = await openAlertWorld(TOKENS_OF, CASE_POLICY, { callers: MORE_CALLERS, ...(then && { then }) });
      kinds = caseKinds(world);
    });
    after(() => world.stop());

    /** What waits for somebody; `toDo` counts the same. */
    async function inboxOf(by: string): Promise<readonly Entry[]> {
      const { data, errors } = await world.ask(by, INBOX);
      assert.equal(errors, undefined, JSON.stringify(errors));
      assert.deepEqual(data.inbox.more, []);
      const counts = new Map<string, number>();
      for (const { kind } of data.inbox.cases as readonly Entry[]) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      assert.deepEqual(
        new Map(data.toDo.map(({ atMost, kind }: { atMost: number; kind: string }) => [kind, atMost])),
        counts,
        by,
      );
      return data.inbox.cases;
    }

    /** A caller, what they see of a case, and whether it waits for them. */
    async function look(
      kind: string,
      id: string,
      by: string,
    ): Promise<{ readonly seen: SeenCase | null; readonly waiting: Entry | undefined }> {
      const { entry = (own) => own, found = (read) => read, one } = kinds[kind] as KindOfCase;
      const { data, errors } = await world.ask(by, ...one(id));
      const read = errors === undefined ? Object.values(data)[0] : null;
      const waiting = (await inboxOf(by)).find((each) => each.kind === kind && each.id === entry(id));
      return { seen: read === null ? null : (found(read as never, id) ?? null), waiting };
    }

    for (const kind of Object.keys(caseKinds({} as AlertWorld)).filter((k) =>
      (process.env.ONLY ?? k).split(",").includes(k),
    ))
      test(`is what the mutation does: ${kind}, in each state, for each caller`, async () => {
        const { later = {}, states, steps } = kinds[kind] as KindOfCase;
        const done = new Set<string>();
        const wrong: string[] = [];
        for (const [n, [state, made]] of Object.entries(states).entries()) {
          const shift = later[state] ?? 0;
          const at = async <Found>(work: () => Promise<Found>): Promise<Found> => {
            world.time.now += shift;
            try {
              return await work();
            } finally {
              world.time.now -= shift;
            }
          };
          let id = await made();
          // In `npm test` every third caller, in each state others.
          for (const by of CALLERS.filter((_, i) => LONG || (i + n) % 3 === 0)) {
            let looked = await at(() => look(kind, id, by));
            for (const [action, step] of Object.entries(steps)) {
              const { seen, waiting } = looked;
              const asked = await step(id);
              const taken = await at(() => world.ask(by, ...asked));
              const may = (seen ?? waiting)?.viewerMay.find((each) => each.action === action);
              const message: string | null = taken.errors?.[0].message ?? null;
              const awaits = seen?.viewerMay.some(({ allowed, isAwaited }) => allowed && isAwaited);
              const isRight =
                (seen?.state === undefined || seen.state === state.split(" ")[0]) &&
                (awaits === undefined || awaits === (waiting !== undefined)) &&
                // Who does not see it takes no step of it.
                (may === undefined
                  ? message !== null && (/needs the role/.test(message) || (seen ?? waiting ?? null) === null)
                  : message === may.because && may.allowed === (message === null));
              if (!isRight) wrong.push(JSON.stringify({ by, state, action, message, may, seen, waiting }));
              if (taken.errors !== undefined) continue;
              done.add(action);
              // What is as it was before, as after a comment, is tried again.
              if (isDeepStrictEqual(await at(() => look(kind, id, by)), looked)) continue;
              id = await made();
              looked = await at(() => look(kind, id, by));
            }
            // A refusal changed nothing.
            assert.deepEqual(await at(() => look(kind, id, by)), looked, `${by} ${state}`);
          }
        }
        assert.deepEqual(wrong, []);
        if (LONG) assert.deepEqual([...done].sort(), Object.keys(steps).sort(), "somebody took each step");
      });
  });

describe("an inbox", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let kinds: { readonly [kind: string]: KindOfCase };
  before(async () => {
    world = await openAlertWorld(TOKENS_OF, CASE_POLICY, { callers: MORE_CALLERS });
    kinds = caseKinds(world);
  });
  after(() => world.stop());

  const open = (kind: string, state: string): Promise<string> =>
    (kinds[kind] as KindOfCase).states[state]?.() as Promise<string>;
  const take = async (by: string, [kind, action, id]: readonly [string, string, string]) => {
    const step = (kinds[kind] as KindOfCase).steps[action];
    if (step !== undefined) await world.data(by, ...(await step(id)));
  };
  const CASES = "{ inbox { totalCount cases { kind id due subject { id } } } }";
  const inboxOf = async (by: string): Promise<readonly string[]> =>
    (await world.data(by, CASES)).cases.map(({ id, kind }: Entry) => `${kind} ${id}`);

  test("has what its owner may do, what is due first; a second person sees it taken", async () => {
    const asked = await open("INQUIRY", "OPEN");
    const blocked = await open("RESTRICTION", "IN_FORCE");
    const toDo = await world.data("ada", "{ toDo { kind atMost isMore } }");
    assert.deepEqual(toDo, [{ kind: "RESTRICTION", atMost: 1, isMore: false }]);
    const [{ due, subject }] = (await world.data("ada", CASES)).cases;
    assert.deepEqual([subject, due], [{ id: "rose" }, new Date(world.time.now + HOUR / 2).toISOString()]);
    for (const by of ["ada", "rita"]) assert.deepEqual(await inboxOf(by), [`RESTRICTION ${blocked}`]);
    const version = () =>
      world.data("ada", "query ($id: ID!) { caseVersion(kind: RESTRICTION, id: $id) }", { id: blocked });
    const before = await version();
    assert.ok(typeof before === "string" && (await version()) === before);
    assert.deepEqual(await inboxOf("rose"), [`INQUIRY ${asked}`]);
    assert.deepEqual(await inboxOf("otto"), []);
    await take("ada", ["RESTRICTION", "liftRestriction", blocked]);
    assert.notEqual(await version(), before);
    await take("rose", ["INQUIRY", "answerInquiry", asked]);
    for (const by of CALLERS) assert.deepEqual(await inboxOf(by), [], by);
    assert.deepEqual(await world.data("ada", "{ toDo { kind } }"), []);
    // An empty inbox says what was done: of the kinds that wait for its reader, and of questions one's own.
    const done = async (by: string, since: number) =>
      (
        await world.data(by, "query($since: DateTime!) { casesDone(since: $since) { kind count } }", {
          since: new Date(since).toISOString(),
        })
      ).filter(({ kind }: Entry) => kind === "RESTRICTION" || kind === "INQUIRY");
    const { now } = world.time;
    assert.deepEqual(await done("ada", now), [{ kind: "RESTRICTION", count: 1 }]);
    assert.deepEqual(await done("rose", now), [
      { kind: "INQUIRY", count: 1 },
      { kind: "RESTRICTION", count: 1 },
    ]);
    assert.deepEqual(await done("rita", now), [{ kind: "RESTRICTION", count: 1 }]);
    assert.deepEqual(await done("ada", now + 1), []);
  });

  test("that names somebody is an act of its reader, and `toDo` is none; bad input names the field", async () => {
    const acts = async () =>
      (await sqliteRaw(world.url, "SELECT record FROM journal WHERE kind = 'AUDIT'")).filter(
        ({ record }) => JSON.parse(String(record)).field === "inbox",
      ).length;
    const blocked = await open("RESTRICTION", "IN_FORCE");
    const before = await acts();
    await world.data("ada", "{ toDo { kind } }");
    await world.data("ada", '{ casesDone(since: "2020-01-01T00:00:00Z") { kind } }');
    assert.equal(await acts(), before);
    await inboxOf("ada");
    assert.equal(await acts(), before + 1);
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "ada", "{ inbox(first: 0) { totalCount } }"), ["first"]);
    await take("ada", ["RESTRICTION", "liftRestriction", blocked]);
  });

  /** A case so many times more, each with another time from which it waits. */
  async function more(table: "case_file" | "watch_story", id: string, times: number): Promise<void> {
    const columns = (await sqliteRaw(world.url, `PRAGMA table_info(${table})`)).map(({ name }) => String(name));
    const kept = columns.filter((name) => name !== "seq");
    const set: Readonly<Record<string, string>> = {
      // Items are of the same review by what their ids begin with.
      id: `t."id" || n.value`,
      opened_at: `t."opened_at" - n.value % 7`,
      ...(table === "case_file" ? { slot: "NULL" } : { matter: `t."matter" || n.value` }),
    };
    await sqliteRaw(
      world.url,
      `INSERT INTO ${table} (${kept.map((name) => `"${name}"`).join(", ")})
        WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${times})
        SELECT ${kept.map((name) => set[name] ?? `t."${name}"`).join(", ")} FROM ${table} AS t, n WHERE t."id" = '${id}'`,
    );
  }

  test("is the same in parts as whole: of each kind, for each caller, whatever waits before or behind", async () => {
    const many: Readonly<Record<string, readonly string[]>> = {
      ...{ SAMPLE: ["OPEN"], REVIEW_CAMPAIGN: ["OPEN decided"], REVIEW_ITEM: ["UNDECIDED", "DECIDED"] },
      ...{
        PROPOSAL: ["OPEN", "APPROVED", "APPROVED for an auditor's key"],
        RESTRICTION: ["IN_FORCE"],
        INQUIRY: ["OPEN"],
      },
      ...{ ALERT: ["ACKNOWLEDGED"], BREAK_GLASS: ["AWAITING_REVIEW ended"] },
      ...{ ACCESS_REQUEST: ["OPEN", "OPEN own"], CONSENT_REQUEST: ["OPEN", "OPEN own"] },
    };
    for (const [kind, states] of Object.entries(many))
      for (const [n, state] of states.entries()) {
        const id = await open(kind, state);
        if (n > 0 || !["PROPOSAL", "ACCESS_REQUEST", "CONSENT_REQUEST", "ALERT"].includes(kind)) continue;
        await more(kind === "ALERT" ? "watch_story" : "case_file", id, 40);
      }
    const rows = [
      ...(await sqliteRaw(world.url, "SELECT kind, id FROM case_file")),
      ...(await sqliteRaw(world.url, "SELECT 'ALERT' AS kind, id FROM watch_story WHERE opened_at IS NOT NULL")),
    ].map(({ id, kind }) => ({ id: String(id), kind: String(kind) }));
    const query =
      "query($first: Int!) { inbox(first: $first) { totalCount cases { kind id count severity since due } } }";
    const kindsSeen = new Set<string>();
    for (const [n, by] of CALLERS.entries()) {
      const { cases: whole, totalCount } = await world.data(by, query, { first: 1000 });
      assert.equal(totalCount, whole.length, by);
      const times = ({ due, since, ...each }: Entry & { readonly due: string | null; readonly since: string }) => ({
        ...each,
        due: due === null ? null : Date.parse(due),
        since: Date.parse(since),
      });
      // Alerts have an order of their own, that of their list: test/storage/waitingCases.test.ts.
      const ofOthers = whole.filter(({ kind }: Entry) => kind !== "ALERT").map(times);
      assert.deepEqual(ofOthers, [...ofOthers].sort(byUrgency), by);
      const timed = whole.findIndex(({ due }: { readonly due: string | null }) => due === null);
      const alerts = whole.flatMap(({ kind }: Entry, i: number) => (kind === "ALERT" ? [i - timed] : []));
      assert.deepEqual(alerts, [...alerts.keys()], `${by}: alerts are the first of what has time`);
      for (const first of [1, 2, 25, 26, 90, whole.length].filter((each) => each > 0)) {
        const page = await world.data(by, query, { first });
        assert.deepEqual(page.cases, whole.slice(0, first), `${by}, first: ${first}`);
        assert.ok(page.totalCount >= whole.length, `${by}, first: ${first}: ${page.totalCount} of ${whole.length}`);
      }
      for (const { kind } of whole) kindsSeen.add(kind);
      if (!LONG && n % 3 !== 1) continue;
      // Each case by itself says whether it waits for them.
      const read = new Map<string, object | null>();
      const [counts, hidden] = [new Map<string, number>(), new Set<string>()];
      for (const { id, kind } of rows) {
        const { entry = (own) => own, found = (own) => own, one } = kinds[kind] as KindOfCase;
        const asked = JSON.stringify(one(id));
        if (!read.has(asked))
          read.set(asked, Object.values<object | null>((await world.ask(by, ...one(id))).data ?? {})[0] ?? null);
        const all = read.get(asked) ?? null;
        if (all === null) hidden.add(`${kind} ${entry(id)}`);
        const seen: SeenCase | undefined = all === null ? undefined : found(all as never, id);
        if (seen?.viewerMay.some(({ allowed, isAwaited }) => allowed && isAwaited) !== true) continue;
        const key = `${kind} ${entry(id)}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const entries: readonly [string, number][] = whole.map(({ count, id, kind }: Entry) => [`${kind} ${id}`, count]);
      // An admin lifts restrictions, and reads none by itself.
      const inInbox = entries.filter(([key]) => !hidden.has(key));
      assert.deepEqual([...inInbox].sort(), [...counts].sort(), by);
    }
    assert.deepEqual([...kindsSeen].sort(), Object.keys(many).sort());
  });
});
