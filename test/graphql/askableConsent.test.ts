import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLoaders } from "../../src/graphql/loaders.ts";
import { apply, at, callerOf, openWorld } from "./world.ts";

let waysGiven = 0;
const world = await openWorld({
  through: (storage) => ({
    ...storage,
    giveWay: () => {
      waysGiven++;
      return storage.giveWay();
    },
  }),
});
const MANY = Array.from({ length: 140 }, (_, i) => `view_labs_of_the_kind_${i}`);
const OPEN = "view_vitals";
await apply(world, [
  { putClient: { id: "app", name: "The App" } },
  ...[OPEN, ...MANY].flatMap((name) => [
    {
      putScope: {
        name,
        atoms: [{ resourceType: "Observation", actions: ["read"] }],
        requiresConsent: name !== OPEN,
      },
    },
    { activateScope: { name } },
    { grantScope: { clientId: "app", scope: name } },
    {
      putRule: {
        role: "*",
        scope: name,
        action: "read",
        resourceType: "Observation",
        effect: "ALLOW",
        justification: "a test",
      },
    },
  ]),
]);
const server = callerOf("key:server", "service");

// biome-ignore lint/suspicious/noExplicitAny: answers in the shape that the test knows
type Answer = any;
const grant = async (scopes: readonly string[], patient: string): Promise<Answer> =>
  at(
    await world.data(
      `query ($input: DecideGrantInput!) { decideGrant(input: $input) {
        scopes { reasons { code } } consentRequest { scopes { scope } } } }`,
      { input: { clientId: "app", subject: { id: "nina" }, scopes, purposeOfUse: "TREAT", context: { patient } } },
      server,
    ),
    "decideGrant",
  );
const LIST =
  "query ($first: Int) { decisions(filter: { kind: GRANT }, first: $first) { edges { node { askableConsent { scope } } } } }";
const askable = async (first: number): Promise<number[]> => {
  const { edges } = at(await world.data(LIST, { first }, server), "decisions") as Answer;
  return edges.map(({ node }: Answer) => node.askableConsent.length);
};

describe("what patients could be asked to agree to", () => {
  test("is told of five decisions of a request, beside any number that lack no consent", async () => {
    for (let i = 0; i < 5; i++) await grant([MANY[0] as string], `p${i}`);
    for (let i = 0; i < 3; i++) await grant([OPEN], `q${i}`);
    assert.deepEqual(await askable(8), [0, 0, 0, 1, 1, 1, 1, 1]);
    await grant([MANY[0] as string], "p6");
    const { message } = await world.error("LIMIT_EXCEEDED", LIST, { first: 9 }, server);
    assert.match(message, /askableConsent/);
    assert.deepEqual(await askable(4), [1, 0, 0, 0]);
  });

  test("is looked for with others let through between any two scopes", async () => {
    await grant(MANY, "r1");
    waysGiven = 0;
    assert.deepEqual(await askable(1), [100]);
    // Each scope is tried without consent, and with it.
    assert.ok(waysGiven > 2 * MANY.length, String(waysGiven));
  });

  test("is asked of more scopes than a record has reasons for, as many as a consent may have", async () => {
    const { consentRequest, scopes } = await grant(MANY, "r2");
    const told = scopes.filter(({ reasons }: Answer) => reasons.length > 0);
    assert.ok(told.length < 100, String(told.length));
    assert.deepEqual(
      consentRequest.scopes.map(({ scope }: Answer) => scope),
      MANY.slice(0, 100),
    );
  });

  test("and where no reason that is on record lacks consent", async () => {
    const unknown = Array.from({ length: 130 }, (_, i) => `patient/Condition.rs?category=of-no-grant-${i}`);
    const last = MANY[0] as string;
    const { consentRequest, scopes } = await grant([...unknown, last], "r3");
    assert.deepEqual(scopes.at(-1).reasons, []);
    assert.deepEqual(consentRequest?.scopes, [{ scope: last }]);
    assert.deepEqual(await askable(1), [1]);
  });
});

describe("what is dear", () => {
  const loaders = () => createLoaders(world.domain);

  test("is made one after the other, whatever became of the one before", async () => {
    const { dear } = loaders();
    const begun: number[] = [];
    const ends: ((error: Error | null) => void)[] = [];
    const make = (i: number) =>
      dear("field", () => {
        begun.push(i);
        return new Promise<number>((resolve, reject) => {
          ends.push((error) => (error === null ? resolve(i) : reject(error)));
        });
      });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const made = [make(0), make(1), make(2)];
    await turn();
    assert.deepEqual(begun, [0]);
    ends[0]?.(new Error("failed"));
    await assert.rejects(made[0] as Promise<number>, /failed/);
    await turn();
    assert.deepEqual(begun, [0, 1]);
    ends[1]?.(null);
    assert.equal(await made[1], 1);
    await turn();
    ends[2]?.(null);
    assert.equal(await made[2], 2);
  });

  test("is not made any more where there is too much of it", async () => {
    const { dear } = loaders();
    const begun: number[] = [];
    const make = (i: number) => dear("field", async () => begun.push(i));
    const made = [0, 1, 2, 3, 4].map(make);
    assert.throws(() => make(5), { code: "LIMIT_EXCEEDED" });
    for (const each of made) await assert.rejects(each, { code: "LIMIT_EXCEEDED" });
    assert.deepEqual(begun, []);
    assert.equal(await dear("another", async () => 1), 1);
  });
});
