import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { callerOf, openWorld } from "./world.ts";

const QUESTIONS = {
  toDo: "{ toDo { kind } }",
  inbox: "{ inbox { totalCount } }",
  entities: "{ entities { edges { cursor } } }",
  whoCan: '{ whoCan(input: { action: "read", resource: { type: "Observation" } }) { complete } }',
};

/** A gate before which all that gives way to decisions stands, until it is opened. */
function gate() {
  const waiting: (() => void)[] = [];
  let [isOpen, came, arrived] = [true, 0, (): void => undefined];
  return {
    giveWay(): Promise<void> {
      came++;
      if (isOpen) return Promise.resolve();
      arrived();
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: (): void => {
      [isOpen, came] = [false, 0];
    },
    open(): void {
      isOpen = true;
      for (const next of waiting.splice(0)) next();
    },
    /** When so many stand there. */
    holds: (many: number): Promise<void> =>
      new Promise((resolve) => {
        arrived = () => void (waiting.length + 1 === many && resolve());
      }),
    came: (): number => came,
  };
}

const { giveWay, ...held } = gate();
const world = await openWorld({ giveWay, giveWayBriefly: giveWay });
const [otto, rita] = [callerOf("key:otto", "auditor"), callerOf("key:rita", "reviewer", "auditor")];

for (const [name, source] of Object.entries(QUESTIONS))
  test(`${name} gives way to decisions, one of a caller's at a time, whatever another caller asks`, async () => {
    held.close();
    const two = held.holds(2);
    const answers = Promise.all([
      world.ask(source, {}, otto),
      world.ask(source, {}, otto),
      world.ask(source, {}, rita),
    ]);
    // Whatever takes no turn is answered before two stand there.
    await Promise.race([two, answers]);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    const came = held.came();
    held.open();
    assert.equal(came, 2, "the first of each stands before the gate, and otto's second behind his first");
    assert.deepEqual(
      (await answers).map(({ errors }) => errors),
      [[], [], []],
    );
    assert.ok(held.came() >= 3);
  });
