import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PersistentMap } from "../../src/domain/kernel/persistentMap.ts";

const keys = fc.oneof(
  fc.constantFrom("a", "b", "c", "", "aa", "é", "\u{1F600}"),
  fc.string(),
  fc.nat({ max: 2000 }).map(String),
);
const steps = fc.array(fc.record({ key: keys, value: fc.option(fc.nat(), { nil: null }) }), { maxLength: 300 });

test("behaves as Map does, and leaves every earlier map as it was", () => {
  fc.assert(
    fc.property(steps, (changes) => {
      const model = new Map<string, number>();
      let map = PersistentMap.empty<number>();
      const history: { readonly map: PersistentMap<number>; readonly contents: ReadonlyMap<string, number> }[] = [];
      for (const { key, value } of changes) {
        history.push({ map, contents: new Map(model) });
        if (value === null) {
          model.delete(key);
          map = map.delete(key);
        } else {
          model.set(key, value);
          map = map.set(key, value);
        }
        assert.equal(map.get(key), model.get(key));
      }
      for (const { map: old, contents } of [...history, { map, contents: model }]) {
        assert.equal(old.size, contents.size);
        assert.deepEqual(new Map(old.entries()), new Map(contents));
        const visited: (readonly [string, number])[] = [];
        old.visit((key, value) => visited.push([key, value]) < 3);
        assert.deepEqual(visited, [...old.entries()].slice(0, 3));
      }
    }),
    { numRuns: 300 },
  );
});

test("tells the keys in which two maps differ", () => {
  const sorted = (names: Iterable<string>): string[] => [...names].sort();
  fc.assert(
    fc.property(steps, steps, (made, changed) => {
      const with_ = (map: PersistentMap<number>, changes: typeof made): PersistentMap<number> =>
        changes.reduce((m, { key, value }) => (value === null ? m.delete(key) : m.set(key, value)), map);
      const a = with_(PersistentMap.empty<number>(), made);
      const b = with_(a, changed);
      const different = [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));
      assert.deepEqual(sorted(a.differingKeys(b)), sorted(different));
      assert.deepEqual(sorted(b.differingKeys(a)), sorted(different));
      // Maps that share nothing, too.
      assert.deepEqual(sorted(PersistentMap.from(a.entries()).differingKeys(b)), sorted(different));
    }),
    { numRuns: 300 },
  );
});

test("keys whose hashes collide stay apart", () => {
  // Found by search: with FNV-1a over 16-bit units these pairs have one hash.
  const seen = new Map<number, string>();
  const colliding: string[] = [];
  const hash = (key: string): number => {
    let h = 0x811c9dc5;
    for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
    return h;
  };
  for (let i = 0; colliding.length < 6 && i < 600_000; i++) {
    const key = `rule-${Math.imul(i, 0x9e3779b1) >>> 0}`;
    const other = seen.get(hash(key));
    if (other !== undefined) colliding.push(other, key);
    seen.set(hash(key), key);
  }
  assert.ok(colliding.length >= 2, "the search found no collision");
  let map = PersistentMap.from([...colliding, ...colliding].map((key) => [key, key] as const));
  assert.deepEqual(
    [...map.keys()],
    [...colliding.reduce((one, key) => one.set(key, key), PersistentMap.empty<string>()).keys()],
  );
  assert.equal(map.size, colliding.length);
  for (const key of colliding) assert.equal(map.get(key), key);
  for (const key of colliding) {
    map = map.delete(key);
    assert.equal(map.get(key), undefined);
  }
  assert.equal(map.size, 0);
});

test("a map of many entries at once is the map that single steps make, and changes as that does", () => {
  const pairs = fc.array(fc.tuple(keys, fc.nat()), { maxLength: 300, size: "max" });
  fc.assert(
    fc.property(pairs, pairs, (first, second) => {
      const atOnce = PersistentMap.from(first);
      const distinct = new Map(first);
      const oneByOne = [...distinct].reduce((map, [key, value]) => map.set(key, value), PersistentMap.empty<number>());
      assert.deepEqual([...atOnce.entries()], [...oneByOne.entries()]);
      assert.equal(atOnce.size, distinct.size);
      for (const [key] of first) assert.equal(atOnce.get(key), distinct.get(key));
      const changed = second.reduce((map, [key, value]) => map.set(key, value), atOnce);
      assert.deepEqual(new Map(changed.entries()), new Map([...first, ...second]));
      assert.equal(first.reduce((map, [key]) => map.delete(key), atOnce).size, 0);
      assert.deepEqual(new Map(atOnce.entries()), distinct);
    }),
    { numRuns: 300 },
  );
});
