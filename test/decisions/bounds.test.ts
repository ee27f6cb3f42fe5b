import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Caller } from "../../src/domain/callers/types.ts";
import { type AuthorizeInput, parseAuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import { createAuthorizer } from "../../src/domain/decisions/authorize.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import { decideGrant } from "../../src/domain/decisions/granting/decideGrant.ts";
import { parseGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";
import { MAX_RECORD_BYTES } from "../../src/domain/decisions/recordSize.ts";
import { emptySnapshot } from "../../src/domain/policy/snapshot.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { encodeDecision } from "../../src/storage/journal/decisionRow.ts";
import { memoryJournal } from "../support/memory.ts";
import { NOW, snapshotFrom } from "../support/policies.ts";

const caller: Caller = { id: "key:a", roles: new Set(["service"]), defaultClientId: null };
const input: AuthorizeInput = { clientId: "c1", action: "read", resource: { type: "Observation" } };
const scopes = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i}_`.padEnd(length, "s"));
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

/** An authorizer with a journal in memory, and what it asked of the turns. */
function authorizer() {
  const journal = memoryJournal();
  const kept: number[][] = [];
  const work: number[] = [];
  let id = 0;
  journal.admit = (count, bytes = 0) => void kept.push([count, bytes]);
  journal.release = (count, bytes = 0) => void kept.push([-count, -bytes]);
  const made = createAuthorizer({
    snapshot: () => emptySnapshot(1),
    engine,
    journal: { ...journal, append: journal.append.bind(journal) },
    clock: () => NOW,
    newId: () => `d${++id}`,
    turns: {
      take(units) {
        work.push(units);
        return work.length > 1 ? Promise.resolve() : null;
      },
    },
  });
  return {
    authorize: (inputs: readonly AuthorizeInput[]) => made.authorize(caller, inputs, (i) => `[${i}]`),
    made,
    kept,
    work,
  };
}

describe("a request whose record could be larger than 64 KiB", () => {
  const text = (characters: number) => ({ text: "x".repeat(characters) });
  const refused: readonly (readonly [string, AuthorizeInput])[] = [
    ["scopes", { ...input, scopes: scopes(220, 250) }],
    [
      "context.attributes",
      {
        ...input,
        context: { attributes: text(16_300) },
        subject: { id: "s", attributes: text(16_000) },
        resource: { ...input.resource, attributes: text(16_000) },
        scopes: scopes(5, 250),
      },
    ],
    [
      "subject.attributes",
      { ...input, subject: { id: "s", attributes: { text: "\u4e2d".repeat(16_300) } }, scopes: scopes(50, 20) },
    ],
    [
      "resource.labels",
      { ...input, resource: { type: "X", labels: Array.from({ length: 100 }, () => "\u4e2d".repeat(250)) } },
    ],
    ["scopes", { ...input, action: "search", scopes: scopes(130, 130).map((scope) => `${scope}?`) }],
    [
      "resource.patients",
      {
        ...input,
        resource: { type: "X", patients: Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(250, "p")) },
        scopes: scopes(120, 200),
      },
    ],
  ];
  for (const [member, given] of refused)
    test(`is refused before anything is decided, by ${member}`, () => {
      const parsed = parseAuthorizeInput(given, "input");
      assert.ok(!parsed.ok, "it was taken");
      assert.deepEqual(
        parsed.problems.map(({ path }) => path),
        [`input.${member}`],
      );
      assert.match(
        parsed.problems[0]?.message ?? "",
        /^would make the record of the decision larger than 65536 bytes: /,
      );
    });

  test("is one about a token with very many scopes", () => {
    const grant = (count: number) => parseGrantInput({ clientId: "c", scopes: scopes(count, 30) }, "input");
    assert.equal(grant(140).request.scopes.length, 140);
    assert.throws(() => grant(256), { code: "BAD_USER_INPUT", message: /^input\.scopes: would make the record/ });
    const held = { clientId: "c", scopes: scopes(20, 30), heldScopes: scopes(200, 240) };
    assert.throws(() => parseGrantInput(held, "input"), { message: /^input\.heldScopes: would make the record/ });
  });

  test("is no other: the largest that are taken have smaller records", async () => {
    const { authorize, made } = authorizer();
    const largest: readonly AuthorizeInput[] = [
      { ...input, scopes: scopes(256, 180) },
      { ...input, action: "search", scopes: scopes(256, 90) },
      {
        ...input,
        context: { attributes: text(16_300) },
        subject: { id: "s", attributes: text(16_300) },
        resource: { ...input.resource, attributes: text(15_000) },
      },
    ];
    const records = [
      ...(await authorize(largest)),
      await made.decideGrant(caller, { clientId: "c", scopes: scopes(140, 40) }, "input"),
    ];
    for (const record of records) {
      const { record: open, personal } = encodeDecision(record, "");
      const bytes = Buffer.byteLength(open) + Buffer.byteLength(personal);
      assert.ok(bytes > 24_000 && bytes <= MAX_RECORD_BYTES, `${bytes} bytes`);
    }
  });
});

describe("the time of the process", () => {
  test("is asked for once by a usual request", async () => {
    const { authorize, work } = authorizer();
    await authorize([{ ...input, scopes: ["a", "b"] }]);
    assert.deepEqual(work, [3]);
    await authorize(Array.from({ length: 10 }, () => ({ ...input, scopes: ["a", "b"] })));
    assert.deepEqual(work, [3, 30]);
  });

  test("is asked for piece by piece by a request of many decisions, which is answered in order all the same", async () => {
    const { authorize, work } = authorizer();
    const records = await authorize(
      Array.from({ length: 100 }, (_, i) => ({ ...input, clientId: `c${i}`, scopes: scopes(i === 50 ? 256 : 20, 20) })),
    );
    assert.deepEqual(
      records.map(({ request }) => request.clientId),
      Array.from({ length: 100 }, (_, i) => `c${i}`),
    );
    assert.equal(
      work.reduce((sum, units) => sum + units, 0),
      99 * 21 + 5 * 64,
    );
    assert.ok(Math.max(...work) === 64 && work.length === 39, work.join());
  });

  test("is asked for scope by scope by a decision of many, which is made as if it had been at once", async () => {
    const { authorize, work } = authorizer();
    const asked = { ...input, scopes: scopes(200, 20) };
    const [record] = await authorize([asked]);
    assert.deepEqual(work, [64, 64, 64, 64]);
    const parsed = parseAuthorizeInput(asked, "input");
    assert.ok(parsed.ok);
    const { outcome, reasonCount, reasons } = decide({ snapshot: emptySnapshot(1), engine, now: NOW }, parsed.request);
    assert.deepEqual(
      { outcome, reasonCount, reasons },
      { outcome: record?.outcome, reasonCount: record?.reasonCount, reasons: record?.reasons },
    );
  });
});

test("a token of many scopes is decided a few scopes at a time, and as if it had been at once", async () => {
  const { made, work } = authorizer();
  const asked = { clientId: "c", scopes: scopes(60, 20) };
  const { kind: _, outcome, details, reasons } = await made.decideGrant(caller, asked, "input");
  assert.deepEqual(work, [64, 64, 64, 64, 64, 64, 64, 64]);
  const facts = { snapshot: emptySnapshot(1), engine, now: NOW };
  const whole = decideGrant(facts, parseGrantInput(asked, "input").request);
  assert.deepEqual(
    { outcome, details, reasons },
    { outcome: whole.outcome, details: whole.details, reasons: whole.reasons },
  );
  const few = authorizer();
  await few.made.decideGrant(caller, { clientId: "c", scopes: scopes(5, 20) }, "input");
  assert.deepEqual(few.work, [41]);
});

test("the journal keeps room for what is being decided, by its bytes, and has it back whatever comes of it", async () => {
  const { authorize, kept } = authorizer();
  await authorize([input, { ...input, scopes: scopes(100, 97) }]);
  const [[count, bytes] = []] = kept;
  assert.equal(count, 2);
  assert.ok((bytes ?? 0) > 10_000 && (bytes ?? 0) < 20_000, String(bytes));
  assert.deepEqual(kept[1], [-2, -(bytes ?? 0)]);
  await assert.rejects(authorize([{ ...input, clientId: "" }]));
  assert.equal(kept.length, 2);
});

test("a token of many scopes, each of which meets many grants, is looked at in few parts", () => {
  const of = (parameter: string, count: number) =>
    Array.from({ length: count }, (_, i) => `patient/Observation.r?${parameter}=${parameter}${i},all`);
  const granted = of("category", 300);
  const snapshot = snapshotFrom({
    clients: [
      { id: "app", name: "App", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false },
    ],
    grants: granted.map((scope) => ({ clientId: "app", scope, validFrom: null, validUntil: null })),
    ...{ scopes: [], roles: [], assignments: [], rules: [] },
  });
  let asked = 0;
  const counting: Engine = {
    ...engine,
    evaluate(query) {
      asked++;
      return engine.evaluate(query);
    },
  };
  const attributes = { category: ["all"], code: ["all"] };
  const parsed = parseAuthorizeInput(
    {
      ...{ clientId: "app", action: "read", context: { patient: "p" } },
      resource: { type: "Observation", id: "o", patient: "p", attributes },
      scopes: of("code", 500),
    },
    "input",
  );
  assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.problems));
  decide({ snapshot, engine: counting, now: NOW }, parsed.request);
  // 500 times 300 without bounds, and 500 times 32 if only each scope had one.
  assert.ok(asked > 400 && asked < 600, `${asked} parts`);
});
