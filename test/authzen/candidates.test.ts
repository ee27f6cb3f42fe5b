import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { knownEntities, knownSubjects } from "../../src/authzen/candidates.ts";
import { changeOf, emptySnapshot, type Snapshot, withChange } from "../../src/domain/policy/snapshot.ts";
import type { Assignment, Entity } from "../../src/domain/policy/types.ts";

const assignment = (subjectId: string | null, role: string, type = "user"): Assignment => ({
  subjectId,
  subjectType: subjectId === null ? null : type,
  clientId: subjectId === null ? "app" : null,
  role,
  organization: "*",
  validFrom: null,
  validUntil: null,
});
const user = (id: string): Entity => ({ type: "user", id, properties: null });

const put = (snapshot: Snapshot, row: Assignment | Entity): Snapshot =>
  withChange(snapshot, changeOf("role" in row ? "assignment" : "entity", null, row));
const remove = (snapshot: Snapshot, row: Assignment | Entity): Snapshot =>
  withChange(snapshot, changeOf("role" in row ? "assignment" : "entity", row, null));

/** The subjects of a policy, found anew. */
function expected({ assignments, entities }: Snapshot): string[] {
  const held = [...assignments.values()].flatMap((rows) => [...rows.values()]);
  const holders = held.flatMap(({ subjectId, subjectType }) =>
    subjectType === "user" && subjectId ? [subjectId] : [],
  );
  return [...new Set([...holders, ...(entities.get("user")?.keys() ?? [])])].sort();
}

let breaths = 0;
const breathe = async (): Promise<void> => void breaths++;

test("after any changes, subjects are those that are registered or hold a role", async () => {
  const rows = fc.oneof(
    fc
      .record({ id: fc.nat({ max: 30 }).map((n) => `u${n}`), role: fc.constantFrom("r", "q") })
      .map(({ id, role }) => assignment(id, role)),
    fc.nat({ max: 30 }).map((n) => assignment(`u${n}`, "r", "device")),
    fc.constant(assignment(null, "r")),
    fc.nat({ max: 30 }).map((n) => user(`u${n}`)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.tuple(rows, fc.boolean()), { maxLength: 150 }), { maxLength: 6 }),
      async (rounds) => {
        let snapshot = emptySnapshot();
        for (const changes of rounds) {
          for (const [row, present] of changes) snapshot = present ? put(snapshot, row) : remove(snapshot, row);
          assert.deepEqual(await knownSubjects(snapshot, "user", breathe), expected(snapshot));
          const registered = [...(snapshot.entities.get("user")?.keys() ?? [])].sort();
          assert.deepEqual(await knownEntities(snapshot, "user", breathe), registered);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("after a change of one among many nothing is sorted anew", async () => {
  let snapshot = emptySnapshot();
  for (let i = 0; i < 20_000; i++) snapshot = put(snapshot, assignment(`many-${i}`, "r"));
  breaths = 0;
  await knownSubjects(snapshot, "user", breathe);
  assert.ok(breaths > 10, `${breaths} breaths`);
  breaths = 0;
  const next = remove(put(put(snapshot, assignment("many-x", "r")), user("many-y")), assignment("many-5", "r"));
  const withUsers = put(next, user("many-z"));
  await knownSubjects(next, "user", breathe);
  breaths = 0;
  const found = await knownSubjects(withUsers, "user", breathe);
  assert.equal(breaths, 0);
  assert.deepEqual(found, expected(withUsers));
});
