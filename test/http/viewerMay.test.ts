import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";

const MAY = "viewerMay { action allowed because isAwaited }";
const HOUR = 3_600_000;

interface May {
  readonly action: string;
  readonly allowed: boolean;
  readonly because: string | null;
}
type Asked = readonly [query: string, variables: object];

/** A kind of case: how one comes to be in each state, how it is read, and what takes each step. */
interface KindOfCase {
  readonly states: { readonly [state: string]: () => Promise<string> };
  /** By how much the clock is later in a state that it alone brings. */
  readonly later: { readonly [state: string]: number };
  readonly one: (id: string) => Asked;
  readonly steps: { readonly [action: string]: (id: string) => Asked };
}

const CALLERS = ["gateway", "ada", "rita", "rose", "otto", "nora"];

describe("what a viewer may do with a case", { timeout: 120_000 }, () => {
  let world: AlertWorld;
  let people = 0;
  before(async () => {
    world = await openAlertWorld();
  });
  after(() => world.stop());

  const impose = async (): Promise<string> => {
    const input = { subject: { id: `p${people++}` }, response: "SUSPENSION", minutes: 30, reason: "r" };
    const query = "mutation($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { id } }";
    return (await world.data("rita", query, { input })).id;
  };
  const LIFT = "mutation($id: ID!) { liftRestriction(id: $id, reason: $reason) { id } }".replace("$reason", '"r"');
  const CLOSE = 'mutation($id: ID!) { closeAlert(id: $id, verdict: EXPECTED, text: "t") { id } }';
  /** About rose, who judges alerts herself. */
  const ask = async (): Promise<string> => {
    await world.looks("rose", 6, 100 * people++);
    const { id: alertId } = await world.alertOf("rose");
    await world.data("otto", CLOSE, { id: alertId });
    const query = 'mutation($alertId: ID!) { askSubject(alertId: $alertId, reason: "r") { id } }';
    return (await world.data("rita", query, { alertId })).id;
  };
  const ANSWER =
    'mutation($id: ID!) { answerInquiry(id: $id, reasonCode: TREATMENT, text: "t", answeredBy: { id: "rose" }) { id } }';
  const WITHDRAW = 'mutation($id: ID!) { withdrawInquiry(id: $id, reason: "r") { id } }';

  const then = (by: string, step: string, made: () => Promise<string>) => async () => {
    const id = await made();
    await world.data(by, step, { id });
    return id;
  };
  /** About nora, whom nobody else is about; what stood before is closed. */
  const alert = async (): Promise<string> => {
    const OPEN = 'query { alerts(filter: { subjectId: "nora" }) { edges { node { id state } } } }';
    const all = async () => (await world.data("otto", OPEN)).edges.map(({ node }: { readonly node: object }) => node);
    for (const { id, state } of await all()) if (state !== "CLOSED") await world.data("otto", CLOSE, { id });
    await world.looks("nora", 7, 1000 + 100 * people++);
    return (await all()).find(({ state }: { readonly state: string }) => state === "OPEN").id;
  };
  const ACKNOWLEDGE = "mutation($id: ID!) { acknowledgeAlert(id: $id) { id } }";
  const CORRECT =
    'mutation($id: ID!) { correctVerdict(id: $id, verdict: TRUE_POSITIVE, cause: MISUSED_PRIVILEGE, text: "t") { id } }';
  const KINDS: { readonly [kind: string]: KindOfCase } = {
    RESTRICTION: {
      states: {
        IN_FORCE: impose,
        LIFTED: then("ada", LIFT, impose),
        ENDED: impose,
      },
      later: { ENDED: HOUR },
      one: (id) => [`query($id: ID!) { restriction(id: $id) { state ${MAY} } }`, { id }],
      steps: { liftRestriction: (id) => [LIFT, { id }] },
    },
    INQUIRY: {
      states: {
        OPEN: ask,
        ANSWERED: then("rose", ANSWER, ask),
        WITHDRAWN: then("otto", WITHDRAW, ask),
        EXPIRED: ask,
      },
      later: { EXPIRED: 8 * 24 * HOUR },
      one: (id) => [`query($id: ID!) { inquiry(id: $id) { state ${MAY} } }`, { id }],
      steps: { answerInquiry: (id) => [ANSWER, { id }], withdrawInquiry: (id) => [WITHDRAW, { id }] },
    },
    ALERT: {
      states: { OPEN: alert, ACKNOWLEDGED: then("otto", ACKNOWLEDGE, alert), CLOSED: then("otto", CLOSE, alert) },
      later: {},
      one: (id) => [`query($id: ID!) { alert(id: $id) { state ${MAY} } }`, { id }],
      steps: {
        acknowledgeAlert: (id) => [ACKNOWLEDGE, { id }],
        closeAlert: (id) => [CLOSE, { id }],
        correctVerdict: (id) => [CORRECT, { id }],
      },
    },
  };

  for (const kind of ["RESTRICTION", "INQUIRY", "ALERT"])
    test(`is what the mutation does: ${kind}, in each state, for each caller`, async () => {
      const { later, one, states, steps } = KINDS[kind] as KindOfCase;
      let allowed = 0;
      for (const [state, made] of Object.entries(states))
        for (const [action, step] of Object.entries(steps))
          for (const by of CALLERS) {
            const id = await made();
            const shift = later[state] ?? 0;
            world.time.now += shift;
            const { data, errors } = await world.ask(by, ...one(id));
            const found = errors === undefined ? Object.values(data)[0] : null;
            const taken = await world.ask(by, ...step(id));
            world.time.now -= shift;
            // Who does not see it asks nothing about it.
            if (found === null || found === undefined) continue;
            const { state: stands, viewerMay } = found as {
              readonly state: string;
              readonly viewerMay: readonly May[];
            };
            assert.equal(stands, state);
            const may = viewerMay.find((each) => each.action === action);
            const what = `${by} ${action} ${state}: ${JSON.stringify({ may, taken })}`;
            if (may === undefined) assert.match(taken.errors?.[0]?.message, /needs the role/, what);
            else {
              assert.equal(taken.errors === undefined, may.allowed, what);
              if (!may.allowed) assert.equal(taken.errors[0].message, may.because, what);
              else allowed++;
            }
          }
      assert.ok(allowed > 0, "somebody may do something");
    });

  const INBOX = `{ inbox { totalCount more cases { kind id title due subject { id } ${MAY} } } }`;
  const inboxOf = async (by: string) =>
    (await world.data(by, INBOX)).cases.map(({ id, kind }: Record<string, string>) => `${kind} ${id}`);
  const toDoOf = async (by: string) =>
    Object.fromEntries(
      (await world.data(by, "{ toDo { kind atMost isMore } }")).map(({ atMost, kind }: Record<string, unknown>) => [
        kind,
        atMost,
      ]),
    );

  test("an inbox has what its owner may do, by following it, and a second person sees it taken", async () => {
    const asked = await ask();
    world.time.now += 2 * HOUR;
    const blocked = await impose();
    const ours = async (by: string) =>
      (await inboxOf(by)).filter((each: string) => each.endsWith(blocked) || each.endsWith(asked));
    assert.deepEqual(await toDoOf("ada"), { RESTRICTION: 1 });
    assert.deepEqual(await ours("ada"), [`RESTRICTION ${blocked}`]);
    assert.deepEqual(await ours("rita"), [`RESTRICTION ${blocked}`]);
    assert.deepEqual(await ours("rose"), [`RESTRICTION ${blocked}`, `INQUIRY ${asked}`]);
    assert.deepEqual(await inboxOf("otto"), []);
    assert.deepEqual(await toDoOf("otto"), {});
    const [{ subject, viewerMay }] = (await world.data("ada", INBOX)).cases;
    assert.match(subject.id, /^p\d+$/);
    assert.deepEqual(
      viewerMay.map(({ action, allowed }: May) => [action, allowed]),
      [["liftRestriction", true]],
    );
    await world.data("ada", LIFT, { id: blocked });
    await world.data("rose", ANSWER, { id: asked });
    for (const by of CALLERS) assert.deepEqual(await ours(by), [], by);
    assert.deepEqual(await toDoOf("ada"), {});
  });

  test("an inbox that names somebody is an act of its reader, and `toDo` is none; bad input names the field", async () => {
    const acts = async () =>
      (await sqliteRaw(world.url, "SELECT record FROM journal WHERE kind = 'AUDIT'")).filter(
        ({ record }) => JSON.parse(String(record)).field === "inbox",
      ).length;
    await impose();
    const before = await acts();
    await world.data("ada", "{ toDo { kind } }");
    assert.equal(await acts(), before);
    await world.data("ada", INBOX);
    assert.equal(await acts(), before + 1);
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "ada", "{ inbox(first: 0) { totalCount } }"), ["first"]);
  });
});
