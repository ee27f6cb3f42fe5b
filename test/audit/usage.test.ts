import assert from "node:assert/strict";
import { test } from "node:test";
import { type UsageReader, usesOfScope } from "../../src/domain/audit/usage.ts";
import { changeOf, emptySnapshot, withChanges } from "../../src/domain/policy/snapshot.ts";
import { client, grant, scope } from "../storage/samples.ts";

const HOLDERS = 5_000;
const id = (i: number): string => `c-${String(i).padStart(5, "0")}`;
const ids = Array.from({ length: HOLDERS }, (_, i) => id((i * 7) % HOLDERS));
const snapshot = withChanges(
  emptySnapshot(),
  [
    changeOf("scope", null, scope("view")),
    ...ids.map((clientId) => changeOf("client", null, client(clientId))),
    ...ids.map((clientId) => changeOf("grant", null, grant(clientId, "view"))),
    ...ids.map((clientId, i) => changeOf("grant", null, grant(clientId, `patient/Observation.rs?category=${i}`))),
  ],
  1,
);
const used = ["c-00300", "c-04000", "gone"].map((clientId, i) => ({ clientId, uses: 3 - i, lastUsedAt: i }));

function ask(name: string) {
  let breaths = 0;
  const usage: UsageReader = {
    ofScope: async () => ({ asOf: 0, uses: used }),
    ofClients: () => Promise.reject(new Error("not asked")),
    allowed: () => Promise.reject(new Error("not asked")),
    patients: () => Promise.reject(new Error("not asked")),
  };
  const breathe = async (): Promise<void> => {
    breaths++;
  };
  const page = { first: 1_000, after: null };
  return usesOfScope(
    { usage, breathe },
    { snapshot, now: 0, scope: name, since: 0, unused: false, isByUses: true, page },
  ).then((answer) => ({
    ...answer,
    breaths,
  }));
}

for (const name of ["view", "patient/Observation.rs"])
  test(`${name}, which thousands hold: those who use it most, then the others, and other work between parts`, async () => {
    const { items, hasNextPage, uses, breaths } = await ask(name);
    const clients = items.map(({ node }) => node);
    assert.deepEqual([hasNextPage, uses, clients.length], [true, 6, 1_000]);
    assert.deepEqual(
      clients.slice(0, 5).map(({ clientId, uses }) => [clientId, uses]),
      [
        ["c-00300", 3],
        ["c-04000", 2],
        ["gone", 1],
        ["c-00000", 0],
        ["c-00001", 0],
      ],
    );
    assert.equal(clients[2]?.grant, null);
    assert.ok(clients.filter(({ clientId }) => clientId !== "gone").every(({ grant }) => grant !== null));
    assert.equal(clients.at(-1)?.clientId, "c-00997");
    // Of 500 holders, and 2,000 that are sorted; of a SMART scope, of the scopes too.
    assert.ok(breaths >= HOLDERS / 500 + HOLDERS / 2_000, `${breaths} breaths`);
  });
