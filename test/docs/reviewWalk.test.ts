import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import { callerOf, type World, worldOver } from "../graphql/world.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

const STEP =
  /As the (reviewer|admin|service):\n\n```graphql\n([\s\S]*?)```\n\n```json\n([\s\S]*?)```\n\nThe answer:\n\n```json\n([\s\S]*?)```/g;
const steps = [...readFileSync("docs/review-walk.md", "utf8").matchAll(STEP)].map(
  ([, who = "", source = "", variables = "", answer = ""]) => ({ who: who as CallerRole, source, variables, answer }),
);

let month: HospitalMonth;
let world: World;
before(async () => {
  month = await openHospitalMonth({ cases: false });
  world = worldOver(month.domain, month.storage, month.clock);
});
after(() => month.close());

/** Each of them is a person of their own, as the keys of the demo are. */
const person = (role: CallerRole): Identity => ({
  ...callerOf(`key:demo-${role}`, role),
  name: `demo ${role}`,
  subject: { type: "user", id: `demo-${role}`, issuer: null },
});

test("the walk through one review is what happens, step by step", async () => {
  assert.equal(steps.length, 7);
  const told = new Map<string, string>();
  for (const { who, source, variables, answer } of steps) {
    const filled = variables.replace(/<(\w+)>/g, (_, name: string) => told.get(name) ?? "");
    const { data, errors } = await world.ask(source, JSON.parse(filled), person(who));
    const answered = errors.length > 0 ? { errors: errors.map(({ extensions }) => extensions?.code) } : data;
    const text = JSON.stringify(answered);
    // What the page calls `<id>` and `<digest>` differs each time.
    for (const [, name, value] of text.matchAll(/"(id|digest)":"([^"]+)"/g)) told.set(String(name), String(value));
    const named = text.replace(/"(id|digest)":"[^"]+"/g, '"$1":"<$1>"');
    assert.deepEqual(JSON.parse(named), JSON.parse(answer), source);
  }
});
