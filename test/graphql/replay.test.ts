import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { readActs } from "../../src/storage/journal/acts.ts";
import { LABELLED } from "../support/labelled.ts";
import { apply, at, callerOf, NOW, openWorld, pathsOf } from "./world.ts";

const world = await openWorld();
const reviewer = callerOf("key:reviewer", "reviewer");
const auditor = callerOf("key:auditor", "auditor");
const REQUEST = {
  clientId: "ehr",
  subject: { id: "nina" },
  scopes: ["patient/Observation.rs"],
  resource: { type: "Observation", organization: "north" },
  purposeOfUse: "TREAT",
};
const READ = {
  ...REQUEST,
  action: "read",
  resource: { ...REQUEST.resource, id: "obs-17", patient: "paula" },
  context: { patient: "paula" },
};
const SEARCH = { ...REQUEST, action: "search", context: { patient: "paula", ipAddress: "10.1.2.3" } };

before(async () => {
  await apply(world, [
    LABELLED,
    { putClient: { id: "ehr", name: "The EHR" } },
    { putRole: { name: "nurse" } },
    { assignRole: { subjectId: "nina", role: "nurse", organization: "north" } },
    { grantScope: { clientId: "ehr", scope: "patient/Observation.rs" } },
    {
      putRule: {
        id: "nurse-labs",
        role: "nurse",
        scope: "patient/Observation.rs",
        action: "*",
        resourceType: "Observation",
        effect: "ALLOW",
      },
    },
  ]);
  const data = await world.data(
    "query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome obligations { type } } }",
    { inputs: [READ, SEARCH] },
  );
  assert.deepEqual(at(data, "authorizeBatch"), [
    { outcome: "ALLOW", obligations: [] },
    { outcome: "ALLOW", obligations: [{ type: "filter" }] },
  ]);
});

const REPLAY = `query ($input: ReplayInput!) { replay(input: $input) { base baseRevision read replayed notReplayable same allowToDeny denyToAllow
  narrowed widened otherObligations drifted countsComplete ungrouped people complete from to causes { path message decisions }
  byClient { key allowToDeny } byScope { key allowToDeny } byResourceType { key allowToDeny } byRole { key allowToDeny } byRule { key allowToDeny } byPurpose { key allowToDeny }
  groups { kind clientId role scope resourceType action decisions days firstAt lastAt patients people samples }
  samples { kind decision { id outcome patient resourceId request reasons { message } obligations { parameters } } base { outcome obligations { parameters } } after { outcome reasons { code message } } } } }`;
const START = "mutation ($input: ReplayInput!) { startReplay(input: $input) { id } }";
const JOB =
  "query ($id: ID!) { job(id: $id) { state replay { allowToDeny groups { samples } samples { decision { id } } } } }";
const DELETE = [{ deleteRule: { id: "nurse-labs" } }];
const replay = async (input: object, as = reviewer) => at(await world.data(REPLAY, { input }, as), "replay");

async function acts() {
  const dialect = dialectOf(world.url);
  const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
  try {
    return (await readActs({ run, dialect }, { after: 0, first: 1000 })).filter(({ kind }) => kind === "SIMULATION");
  } finally {
    await close();
  }
}

describe("replay", () => {
  test("says what a change would have done, and stands on record itself", async () => {
    const before = (await acts()).length;
    const answer = await replay({ operations: DELETE }, auditor);
    const revision = world.domain.policy.current().revision;
    assert.deepEqual(
      ["base", "baseRevision", "read", "replayed", "same", "allowToDeny", "drifted", "complete"].map((name) =>
        at(answer, name),
      ),
      ["CURRENT", revision, 2, 2, 0, 2, 0, true],
    );
    for (const [list, key] of [
      ["byClient", "ehr"],
      ["byScope", "patient/Observation.rs"],
      ["byResourceType", "Observation"],
      ["byRole", "nurse"],
      ["byRule", "nurse-labs"],
      ["byPurpose", "TREAT"],
    ] as const)
      assert.deepEqual(at(answer, list), [{ key, allowToDeny: 2 }], list);
    assert.deepEqual([at(answer, "groups", 0, "action"), at(answer, "groups", 1, "action")].sort(), ["read", "search"]);
    assert.deepEqual([at(answer, "people"), at(answer, "groups", 0, "people")], [1, 1]);
    const added = (await acts()).slice(before);
    const { operationsSha256: _, ...record } = { ...(added[0]?.record as unknown as Record<string, unknown>) };
    const on = {
      at: NOW,
      baseRevision: revision,
      callerId: "key:auditor",
      field: "replay",
      operations: 1,
      questions: 2,
    };
    assert.deepEqual(
      [added.length, record],
      [1, { ...on, asked: { base: "CURRENT", filter: {}, operations: DELETE } }],
    );
  });

  test("a reviewer sees nobody, no pseudonym either; an auditor sees the record", async () => {
    const hidden = ["paula", "obs-17", "10.1.2.3"];
    const seen = JSON.stringify(await replay({ operations: DELETE }));
    for (const text of [...hidden, "~", "nina"]) assert.ok(!seen.includes(text), text);
    const whole = JSON.stringify(await replay({ operations: DELETE }, auditor));
    for (const text of hidden) assert.ok(whole.includes(text), text);
  });

  test("only an auditor asks about one person, resource or address: for others that would tell whose a pseudonym is", async () => {
    // The search is confined to the patient by its filter.
    for (const [filter, read] of [
      [{ patient: "paula" }, 2],
      [{ resourceId: "obs-17" }, 1],
      [{ subjectId: "nina" }, 2],
      [{ ipAddress: "10.1.2.3" }, 1],
      [{ network: "10.1.0.0/16" }, 1],
    ] as const) {
      const input = { operations: DELETE, filter };
      for (const door of [REPLAY, START])
        for (const role of ["reviewer", "admin"] as const)
          await world.error("FORBIDDEN", door, { input }, callerOf(`key:${role}`, role));
      assert.equal(at(await replay(input, auditor), "read"), read);
    }
  });

  test("of what an auditor asked about one person others see no decision, at once or by its id", async () => {
    const ended = async (filter: { readonly subjectId?: string; readonly clientId?: string }) => {
      const id = at(await world.data(START, { input: { operations: DELETE, filter } }, auditor), "startReplay", "id");
      for (;;) {
        const job = at(await world.data(JOB, { id }, auditor), "job");
        if (at(job, "state") === "DONE") return { job, id };
        assert.ok(["QUEUED", "RUNNING"].includes(String(at(job, "state"))), JSON.stringify(job));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const shown = (job: unknown) =>
      (["samples", "groups"] as const).map((list) => at(job, "replay", list) as readonly { samples: unknown[] }[]);
    for (const filter of [{ subjectId: "nina" }, { clientId: "ehr" }] as { subjectId?: string; clientId?: string }[]) {
      const { id, job } = await ended(filter);
      const [samples, groups] = shown(job);
      assert.deepEqual([samples?.length, groups?.flatMap((each) => each.samples).length], [2, 2]);
      for (const role of ["reviewer", "admin"] as const) {
        const seen = at(await world.data(JOB, { id }, callerOf(`key:${role}`, role)), "job");
        // What was asked about one person tells others nothing at all.
        if (filter.subjectId !== undefined) {
          assert.equal(at(seen, "replay"), null);
          continue;
        }
        assert.equal(at(seen, "replay", "allowToDeny"), null);
        const [less, fewer] = shown(seen);
        assert.deepEqual([less?.length, fewer?.flatMap((each) => each.samples).length], [0, 0]);
      }
    }
  });

  test("as many samples as are asked for, and what is wrong is refused and leaves no act", async () => {
    assert.deepEqual(at(await replay({ operations: DELETE, samples: 0 }, auditor), "samples"), []);
    assert.equal((at(await replay({ operations: DELETE, samples: 1 }, auditor), "samples") as unknown[]).length, 1);
    const before = (await acts()).length;
    const refused = async (input: object) => pathsOf(await world.error("BAD_USER_INPUT", REPLAY, { input }, reviewer));
    assert.deepEqual(await refused({ operations: DELETE, samples: 101 }), ["input.samples"]);
    const [from, to] = ["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"];
    assert.deepEqual(await refused({ operations: DELETE, filter: { from, to } }), ["input.filter.to"]);
    assert.deepEqual(await refused({ operations: [{ deleteRule: { id: "none" } }] }), [
      "input.operations[0].deleteRule.id",
    ]);
    const { errors } = await world.ask(
      REPLAY,
      { input: { operations: DELETE, filter: { outcome: "MAYBE" } } },
      reviewer,
    );
    assert.match(String(errors[0]?.message), /MAYBE/);
    assert.equal((await acts()).length, before);
  });

  test("a service may not ask", async () => {
    await world.error("FORBIDDEN", REPLAY, { input: { operations: [] } }, callerOf("key:s", "service"));
  });
});
