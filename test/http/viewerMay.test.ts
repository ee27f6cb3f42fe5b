import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
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

    /** What waits for somebody, after it is counted as `toDo` counts. */
    async function inboxOf(by: string): Promise<readonly Entry[]> {
      const { data, errors } = await world.ask(by, INBOX);
      assert.equal(errors, undefined, JSON.stringify(errors));
      assert.deepEqual(data.inbox.more, []);
      const counts = new Map<string, number>();
      for (const { count, kind } of data.inbox.cases as readonly Entry[])
        counts.set(kind, (counts.get(kind) ?? 0) + count);
      for (const [kind, count] of counts) {
        const found = data.toDo.find((each: Entry) => each.kind === kind);
        assert.ok(found?.isMore || found?.atMost >= count, `${by} ${kind} ${count}: ${JSON.stringify(data.toDo)}`);
      }
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
    assert.deepEqual(await inboxOf("rose"), [`INQUIRY ${asked}`]);
    assert.deepEqual(await inboxOf("otto"), []);
    await take("ada", ["RESTRICTION", "liftRestriction", blocked]);
    await take("rose", ["INQUIRY", "answerInquiry", asked]);
    for (const by of CALLERS) assert.deepEqual(await inboxOf(by), [], by);
    assert.deepEqual(await world.data("ada", "{ toDo { kind } }"), []);
  });

  test("that names somebody is an act of its reader, and `toDo` is none; bad input names the field", async () => {
    const acts = async () =>
      (await sqliteRaw(world.url, "SELECT record FROM journal WHERE kind = 'AUDIT'")).filter(
        ({ record }) => JSON.parse(String(record)).field === "inbox",
      ).length;
    await open("RESTRICTION", "IN_FORCE");
    const before = await acts();
    await world.data("ada", "{ toDo { kind } }");
    assert.equal(await acts(), before);
    await inboxOf("ada");
    assert.equal(await acts(), before + 1);
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "ada", "{ inbox(first: 0) { totalCount } }"), ["first"]);
  });
});
