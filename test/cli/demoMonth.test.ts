import assert from "node:assert/strict";
import { before, test } from "node:test";
import { occasionsOf, readMonth } from "../../src/cli/demoMonth.ts";
import { DEMO_HOSPITAL, readSeedFiles } from "../../src/cli/seedCommand.ts";
import type { BreakGlassInput } from "../../src/domain/consent/breakGlass/breakGlassInput.ts";
import { parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { applyOperations } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { caseBreakGlasses } from "../../src/domain/simulation/cases/caseDecider.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { demoConsents } from "../support/demoConsents.ts";

const UNTIL = Date.parse("2026-11-25T12:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;
/** What is not as it should be, so that a month has something to be found; all else is allowed. */
const REFUSED = [
  "The ward phone goes home",
  "A clerk looks for results",
  "A technician opens the hospital's results",
  "Ada opens somebody else's record",
];

let engine: Engine;
let snapshot: Snapshot;
before(async () => {
  engine = await createEngine();
  const { operations } = await readSeedFiles(DEMO_HOSPITAL);
  const facts = {
    now: UNTIL - 31 * DAY_MS,
    newId: () => "id",
    checkCondition: () => null,
    readCondition: () => NO_TERMS,
  };
  const applied = applyOperations(emptySnapshot(), operations, facts);
  assert.ok(applied.ok, JSON.stringify(applied));
  snapshot = applied.snapshot;
});

test("a month is the same for everybody, in order, and of the thirty days before", async () => {
  const routines = await readMonth();
  const occasions = occasionsOf(routines, UNTIL);
  assert.deepEqual(occasionsOf(routines, UNTIL + 1000), occasions);
  assert.ok(occasions.length > 1000 && occasions.length < 3000, String(occasions.length));
  const today = Date.parse("2026-11-25T00:00:00Z");
  let last = today - 30 * DAY_MS;
  for (const { at } of occasions) {
    assert.ok(at >= last && at < today);
    last = at;
  }
});

/** The emergency of an occasion, as it is open then. */
const opened = (input: BreakGlassInput | null, at: number) =>
  input === null
    ? []
    : caseBreakGlasses([{ input, place: { file: "seeds/month.yaml", line: 1, column: 1, path: "" } }], snapshot)(at);

test("each routine happens, and is allowed, or is one of those that are to be found", async () => {
  for (const routine of await readMonth()) {
    const occasions = occasionsOf([routine], UNTIL);
    assert.ok(occasions.length > 0, `${routine.name} never happens`);
    for (const { at, emergency, inputs } of occasions)
      for (const input of inputs) {
        const parsed = parseAuthorizeInput(input, "input");
        assert.ok(parsed.ok, JSON.stringify(parsed));
        const { outcome, reasons } = decide(
          {
            snapshot,
            engine,
            now: at,
            gathered: { breakGlasses: opened(emergency, at), consents: demoConsents(snapshot) },
          },
          parsed.request,
        );
        const expected = REFUSED.includes(routine.name) ? "DENY" : "ALLOW";
        assert.equal(outcome, expected, `${routine.name}: ${JSON.stringify(input)} ${JSON.stringify(reasons)}`);
      }
  }
});
