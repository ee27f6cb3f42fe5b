import assert from "node:assert/strict";
import { test } from "node:test";
import { allowedWith } from "../../src/domain/audit/usesUnder.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";

const SCOPES = Array.from({ length: 200 }, (_, i) => `patient/Observation.rs?code=${i}`);
const record = (id: string, decidedAt: number) => ({ id, decidedAt }) as AccessRecord;

/** Each scope has so many accesses, at times between those of the others; every tenth rests on the next scope, too. */
function world(each: number) {
  const of = new Map(SCOPES.map((scope) => [scope, [] as AccessRecord[]]));
  for (let n = 0; n < each * SCOPES.length; n++) {
    const made = record(`d${n}`, n);
    of.get(SCOPES[n % SCOPES.length] as string)?.push(made);
    if (n % 10 === 0) of.get(SCOPES[(n + 1) % SCOPES.length] as string)?.push(made);
  }
  let read = 0;
  return {
    read: () => read,
    all: each * SCOPES.length,
    usage: {
      async allowed({ first, scope, since }: { scope: string | null; since: number; first: number }) {
        const found = (of.get(scope ?? "") ?? [])
          .filter(({ decidedAt }) => decidedAt >= since)
          .sort((a, b) => b.decidedAt - a.decidedAt)
          .slice(0, first);
        read += found.length;
        return { asOf: 0, records: found };
      },
    },
  };
}

test("of however many scopes the newest accesses are found, each once, and few others are read", async () => {
  const { all, read, usage } = world(300);
  const found = await allowedWith(usage, SCOPES, { clientId: "app", since: 0, first: 250 });
  assert.deepEqual(
    found.map(({ decidedAt }) => decidedAt),
    Array.from({ length: 250 }, (_, i) => all - 1 - i),
  );
  assert.ok(read() < 250 * 12, `${read()} were read`);
});

test("where there are fewer than asked for, all are found, from the time on", async () => {
  const { all, usage } = world(2);
  const found = await allowedWith(usage, SCOPES, { clientId: "app", since: 50, first: 1_000 });
  assert.equal(found.length, all - 50);
  assert.equal(new Set(found).size, found.length);
  assert.deepEqual(await allowedWith(usage, [], { clientId: "app", since: 0, first: 10 }), []);
  assert.equal((await allowedWith(usage, SCOPES.slice(0, 1), { clientId: "app", since: 0, first: 1 })).length, 1);
});
