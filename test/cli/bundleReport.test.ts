import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answered, askAll, batchesOf, type Question, questionsOf } from "../../src/cli/bundleDecisions.ts";
import { printReport, reportOf } from "../../src/cli/bundleReport.ts";
import type { Answer } from "../../src/cli/client.ts";
import { badUsage, CliError } from "../../src/cli/exit.ts";
import { parseBundle } from "../../src/cli/fhirBundle.ts";
import type { ReasonCode } from "../../src/domain/decisions/reason.ts";

const questions = (n: number, extra: object = {}): Question[] => {
  const entry = Array.from({ length: n }, (_, i) => ({
    resource: { resourceType: "Observation", id: `o${i}`, ...extra },
  }));
  return questionsOf(parseBundle("b.json", JSON.stringify({ resourceType: "Bundle", entry })), {
    common: { clientId: "c", action: "read" },
    organization: "o",
  });
};

const answer = (outcome: Answer["outcome"], ...reasons: readonly (readonly [ReasonCode, string])[]): Answer => ({
  id: "d",
  outcome,
  scope: null,
  summary: reasons[0]?.[1] ?? "",
  reasonCount: reasons.length,
  sufficientScopes: [],
  reasons: reasons.map(([code, message]) => ({ code, message, scope: "s", role: null, ruleId: null })),
  obligations: [],
  policyRevision: 1,
  decidedAt: "",
});

function answered(category: string, given: Answer): Answered {
  const [question] = questions(
    1,
    category === "" ? {} : { category: [{ coding: [{ system: "http://c", code: category }] }] },
  );
  assert.ok(question !== undefined);
  return { ...question, answer: given };
}

test("batches have at most 100 decisions, and fewer bytes than a request may have", () => {
  assert.deepEqual(
    batchesOf(questions(250)).map((batch) => batch.length),
    [100, 100, 50],
  );
  const large = batchesOf(questions(30, { code: { text: "x", coding: [{ code: "y".repeat(5000) }] } }));
  assert.ok(large.length > 1);
  for (const batch of large) assert.ok(JSON.stringify(batch.map(({ input }) => input)).length < 65_536);
  assert.equal(large.flat().length, 30);
});

test("answers come back in the order of the questions, and progress is told", async () => {
  const told: number[] = [];
  const all = await askAll(questions(150), {
    ask: async (inputs) => inputs.map(({ resource }) => ({ ...answer("ALLOW"), id: resource.id ?? "" })),
    onProgress: (done) => void told.push(done),
  });
  assert.deepEqual(
    all.map(({ answer: { id } }) => id),
    questions(150).map(({ facts }) => facts.id),
  );
  assert.deepEqual(told, [100, 150]);
});

test("a failure half-way says how far it got", async () => {
  let calls = 0;
  const ask = async (inputs: readonly unknown[]): Promise<Answer[]> => {
    if (++calls === 2) throw badUsage("no");
    return inputs.map(() => answer("ALLOW"));
  };
  await assert.rejects(askAll(questions(150), { ask, onProgress: () => undefined }), (error: unknown) => {
    assert.ok(error instanceof CliError);
    assert.deepEqual(error.lines, [
      "no",
      "100 of 150 decisions were made before; the next was for b.json: entry[100].",
    ]);
    return true;
  });
});

test("what no request may hold is named by its entry, and what is wrong with the options only once", () => {
  assert.throws(
    () => questions(2, { id: "a\u001b" }),
    /^CliError: b\.json: entry\[0\]: resource\.id must not contain control[\s\S]*entry\[1\]: /,
  );
  const two = parseBundle(
    "b.json",
    '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"A"}},{"resource":{"resourceType":"B"}}]}',
  );
  assert.throws(
    () => questionsOf(two, { common: { clientId: "", action: "read" } }),
    (error: unknown) =>
      error instanceof CliError && error.lines.length === 1 && error.lines[0] === "clientId must not be empty",
  );
});

test("by type, and by category where a type is allowed in part", () => {
  const report = reportOf([
    answered("laboratory", answer("ALLOW")),
    answered("vital-signs", answer("DENY", ["NO_MATCHING_RULE", "m"])),
    answered("", answer("DENY", ["NO_MATCHING_RULE", "m"])),
  ]);
  assert.deepEqual(report.types, [
    {
      type: "Observation",
      allowed: 1,
      denied: 2,
      categories: [
        { category: "laboratory", allowed: 1, denied: 0 },
        { category: "no category", allowed: 0, denied: 1 },
        { category: "vital-signs", allowed: 0, denied: 1 },
      ],
    },
  ]);
  assert.match(printReport(report).join("\n"), /NO_MATCHING_RULE: 2 resources\n {4}2 Observation: m$/);
});

test("why not: what the service tells first, notices aside", () => {
  const report = reportOf([
    answered(
      "",
      answer(
        "DENY",
        ["CONDITION_ERROR", "broken"],
        ["NO_MATCHING_RULE", "no rule"],
        ["SCOPE_DOES_NOT_COVER", "a does not cover read on Observation: it is for Patient, not Observation."],
      ),
    ),
    answered(
      "",
      answer("DENY", ["DENIED_BY_RULE", "rule x"], ["NO_MATCHING_RULE", "no rule"], ["CONDITION_ERROR", "broken"]),
    ),
    answered("", answer("DENY", ["UNKNOWN_CLIENT", "who?"], ["DENIED_BY_RULE", "rule x"])),
  ]);
  assert.deepEqual(
    report.whyNot.map(({ code, count, explanations }) => [code, count, explanations.map(({ text }) => text)]).sort(),
    [
      ["DENIED_BY_RULE", 1, ["rule x"]],
      ["NO_MATCHING_RULE", 1, ["no rule"]],
      ["UNKNOWN_CLIENT", 1, ["who?"]],
    ],
  );
});

test("why not: scopes for other types are counted, and those that came nearer are quoted", () => {
  const otherType = [
    "SCOPE_DOES_NOT_COVER",
    "a does not cover read on Observation: it is for Patient, not Observation.",
  ] as const;
  const otherAction = [
    "SCOPE_DOES_NOT_COVER",
    "b does not cover read on Observation: it permits create, not read.",
  ] as const;
  const near = [
    "SCOPE_DOES_NOT_COVER",
    "c does not cover read on Observation: category of the resource is not within x.",
  ] as const;
  const texts = (...reasons: readonly (readonly [ReasonCode, string])[]): readonly string[] | undefined =>
    reportOf([answered("", answer("DENY", ...reasons))]).whyNot[0]?.explanations.map(({ text }) => text);
  assert.deepEqual(texts(otherType, otherAction), ["none of the 2 scopes covers it"]);
  assert.deepEqual(texts(otherType), [otherType[1]]);
  assert.deepEqual(texts(otherType, otherAction, near), [near[1]]);
});

test("obligations of what is allowed are counted once a resource", () => {
  const given = {
    ...answer("ALLOW"),
    obligations: [
      { type: "redact", parameters: { a: 1 } },
      { type: "redact", parameters: { a: 2 } },
    ],
  };
  const report = reportOf([answered("", given)]);
  assert.deepEqual(report.obligations, { redact: 1 });
  assert.match(printReport(report).join("\n"), /redact: 1 resource$/);
});
