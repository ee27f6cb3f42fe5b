import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Directory, EMPTY_DIRECTORY, withPart } from "../../../src/domain/directory/directory.ts";
import type { NewEntity } from "../../../src/domain/directory/entity.ts";
import { changeOf, emptySnapshot, type Snapshot, withChange } from "../../../src/domain/policy/snapshot.ts";
import type { Assignment } from "../../../src/domain/policy/types.ts";
import { knownEntities, knownSubjects } from "../../../src/domain/simulation/search/candidates.ts";

const assignment = (subjectId: string | null, role: string, type = "user"): Assignment => ({
  subjectId,
  subjectType: subjectId === null ? null : type,
  clientId: subjectId === null ? "app" : null,
  role,
  organization: "*",
  validFrom: null,
  validUntil: null,
});
const user = (id: string): NewEntity => ({ type: "user", id, properties: null });

interface World {
  readonly snapshot: Snapshot;
  readonly directory: Directory;
}
const nobody: World = { snapshot: emptySnapshot(), directory: EMPTY_DIRECTORY };

function changed({ snapshot, directory }: World, row: Assignment | NewEntity, present: boolean): World {
  if ("role" in row) {
    const change = present ? changeOf("assignment", null, row) : changeOf("assignment", row, null);
    return { directory, snapshot: withChange(snapshot, change) };
  }
  const part = present ? { gone: [], put: [{ ...row, version: 1 }] } : { gone: [row], put: [] };
  return { snapshot, directory: { ...directory, ...withPart(directory, part) } };
}
const put = (world: World, row: Assignment | NewEntity): World => changed(world, row, true);
const remove = (world: World, row: Assignment | NewEntity): World => changed(world, row, false);

const registered = ({ directory }: World): string[] => [...(directory.entities.get("user")?.keys() ?? [])].sort();

/** The subjects that are known, found anew. */
function expected(world: World): string[] {
  const held = [...world.snapshot.assignments.values()].flatMap((rows) => [...rows.values()]);
  const holders = held.flatMap(({ subjectId, subjectType }) =>
    subjectType === "user" && subjectId ? [subjectId] : [],
  );
  return [...new Set([...holders, ...registered(world)])].sort();
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
        let world = nobody;
        for (const changes of rounds) {
          for (const [row, present] of changes) world = changed(world, row, present);
          assert.deepEqual(await knownSubjects(world, "user", breathe), expected(world));
          assert.deepEqual(await knownEntities(world, "user", breathe), registered(world));
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("after a change of one among many nothing is sorted anew", async () => {
  let world = nobody;
  for (let i = 0; i < 20_000; i++) world = put(world, assignment(`many-${i}`, "r"));
  breaths = 0;
  await knownSubjects(world, "user", breathe);
  assert.ok(breaths > 10, `${breaths} breaths`);
  breaths = 0;
  const next = remove(put(put(world, assignment("many-x", "r")), user("many-y")), assignment("many-5", "r"));
  const withUsers = put(next, user("many-z"));
  await knownSubjects(next, "user", breathe);
  breaths = 0;
  const found = await knownSubjects(withUsers, "user", breathe);
  assert.equal(breaths, 0);
  assert.deepEqual(found, expected(withUsers));
});
