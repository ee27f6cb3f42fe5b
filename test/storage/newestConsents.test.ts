import assert from "node:assert/strict";
import { test } from "node:test";
import type { Consent } from "../../src/domain/consent/types.ts";
import { consentRow } from "../../src/storage/consent/consentTables.ts";
import type { ConsentChange } from "../../src/storage/consent/knownConsents.ts";
import { createNewestConsents, WHOLE_AT_ONCE } from "../../src/storage/consent/newestConsents.ts";
import { consentOf } from "../support/consents.ts";

/** As `consentText` makes it. */
function textOf(consent: Consent): string {
  const { terms, source, id, version, patient, step, madeAt, recordedBy, recordedAt, reason } = consentRow(consent);
  return JSON.stringify([[id, version, patient, step, madeAt, recordedBy, recordedAt, reason], terms, source]);
}

/** A table of consents, with what happens right before a statement reads it. */
function table() {
  const newest = new Map<string, Consent>();
  const changes: ConsentChange[] = [];
  const asked: string[] = [];
  const before: (() => void)[] = [];
  const add = (consent: Consent): void => {
    newest.set(consent.id, consent);
    const { id, patient, version } = consent;
    changes.push({ position: changes.length + 1, id, version, patient });
  };
  const of = (patients: readonly string[]) => [...newest.values()].filter(({ patient }) => patients.includes(patient));
  function read(name: string, from: number, patients: readonly string[]) {
    before.shift()?.();
    asked.push(`${name} ${patients.join(",")}`);
    return { changes: changes.filter(({ position }) => position >= from), found: of(patients) };
  }
  const newestOf = createNewestConsents({
    async whole(from, patients) {
      const { changes, found } = read("whole", from, patients);
      return { changes, texts: found.slice(0, WHOLE_AT_ONCE + 1).map(textOf) };
    },
    async byName(from, patients) {
      const { changes, found } = read("byName", from, patients);
      return { changes, refs: found };
    },
    async versions(refs) {
      asked.push("versions");
      return refs.flatMap(({ id }) => newest.get(id) ?? []);
    },
  });
  const said = async (...patients: readonly string[]) =>
    (await newestOf(patients))?.map(({ id, version }) => `${id}:${version}`).join(" ") ?? null;
  return { add, asked, before, said };
}

test("the consents of a patient are read once, and again after a change of theirs", async () => {
  const { add, asked, said } = table();
  add(consentOf({ id: "b", patient: "ann" }));
  add(consentOf({ id: "a", patient: "ann" }));
  assert.equal(await said("ann", "bob"), "a:1 b:1");
  assert.equal(await said("bob", "ann"), "a:1 b:1");
  add(consentOf({ id: "c", patient: "bob" }));
  assert.equal(await said("ann"), "a:1 b:1");
  assert.equal(await said("ann", "bob"), "a:1 b:1 c:1");
  assert.deepEqual(asked, ["whole ann,bob", "whole ", "whole ", "whole bob"]);
});

test("what changes while others are asked for is read again, and all that is answered is of one moment", async () => {
  const { add, asked, before, said } = table();
  add(consentOf({ id: "a", patient: "ann" }));
  await said("ann");
  before.push(() => add(consentOf({ id: "a", patient: "ann", version: 2, step: "WITHDRAWN" })));
  assert.equal(await said("ann", "bob"), "a:2");
  assert.deepEqual(asked, ["whole ann", "whole bob", "whole ann"]);
});

test("of a patient who changes without end nothing that is remembered is used", async () => {
  const { add, asked, before, said } = table();
  add(consentOf({ id: "a", patient: "ann" }));
  add(consentOf({ id: "b", patient: "bob" }));
  await said("ann", "bob");
  let version = 1;
  const next = (id: string, patient: string) => () => add(consentOf({ id, patient, version: ++version }));
  before.push(next("a", "ann"), next("b", "bob"), next("a", "ann"));
  assert.equal(await said("ann", "bob"), "a:4 b:3");
  assert.deepEqual(asked.slice(1), ["whole ", "whole ann", "whole ann,bob"]);
});

test("what is more than a statement reads whole is read by name, with what changed until then", async () => {
  const { add, asked, before, said } = table();
  add(consentOf({ id: "a", patient: "ann" }));
  await said("ann");
  for (let n = 0; n <= WHOLE_AT_ONCE; n++) add(consentOf({ id: `b${n}`, patient: "bob" }));
  before.push(
    () => {},
    () => add(consentOf({ id: "a", patient: "ann", version: 2, step: "WITHDRAWN" })),
  );
  assert.match((await said("ann", "bob")) ?? "", /^a:2 b0:1 /);
  assert.deepEqual(asked.slice(1), ["whole bob", "byName bob", "versions", "whole ann"]);
  for (let n = 0; n < 5_000; n++) add(consentOf({ id: `e${n}`, patient: "eve" }));
  assert.notEqual(await said("eve"), null);
  assert.equal(await said("eve", "ann"), null);
});
