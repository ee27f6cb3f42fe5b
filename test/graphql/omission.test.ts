import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { getNamedType, isEnumType, isInputObjectType } from "graphql";
import { clearableOf } from "../../src/domain/policy/members.ts";
import { NOUNS } from "../../src/domain/policy/types.ts";
import { apply, at, callerOf, openWorld, pathsOf } from "./world.ts";

/* DESIGN, "Nothing opens by omission", through GraphQL. What the domain refuses is in test/policy/omission.test.ts. */

const world = await openWorld();
const BREAK_GLASS = {
  id: "break-glass-read",
  role: "responder",
  scope: "view_labs",
  action: "read",
  resourceType: "Observation",
  when: 'purposeOfUse == "BTG"',
  effect: "ALLOW",
  obligations: [{ type: "notify", parameters: { whom: "privacy" } }],
  description: "In emergencies.",
};
await apply(world, [
  { putRole: { name: "responder", description: "Answers calls." } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] } },
  {
    putScope: {
      name: "view_sleep",
      requiresConsent: true,
      atoms: [{ resourceType: "Observation", actions: ["read"] }],
    },
  },
  { activateScope: { name: "view_labs" } },
  { putClient: { id: "ehr", name: "EHR", description: "The main system." } },
  { grantScope: { clientId: "ehr", scope: "view_labs", validUntil: "2030-01-01T00:00:00Z" } },
  { assignRole: { subjectId: "edda", role: "responder", organization: "*", validUntil: "2030-01-01T00:00:00Z" } },
  { putRule: BREAK_GLASS },
]);
const start = world.domain.policy.current().revision;
const restore = async (): Promise<void> => {
  await world.data(`mutation { rollbackPolicy(toRevision: ${start}, reason: "again") { revision } }`);
};
const RULE = `{ rule(id: "break-glass-read") { id role scope action resourceType when effect obligations { type parameters } description } }`;
const ruleNow = async () => at(await world.data(RULE), "rule");
const one = (name: string, input: string, more = ""): string =>
  `mutation { ${name}(input: { ${input} }, reason: "trying"${more}) { revision findings { code message } } }`;

describe("a rule", () => {
  test("whose wording is changed keeps all else", async () => {
    await world.data(one("updateRule", 'id: "break-glass-read", effect: ALLOW, description: "Nicer wording."'));
    assert.deepEqual(await ruleNow(), { ...BREAK_GLASS, description: "Nicer wording." });
    await restore();
  });

  test("that says only its effect is not taken", async () => {
    const { data, errors } = await world.ask(one("createRule", "effect: ALLOW"));
    assert.equal(data, null);
    for (const member of ["role", "scope", "action", "resourceType"])
      assert.ok(
        errors.some(({ message }) => message.includes(`PutRule.${member}`)),
        member,
      );
    const nulls = await world.ask(
      one("createRule", "effect: ALLOW, role: null, scope: null, action: null, resourceType: null"),
    );
    assert.ok(nulls.data === null && nulls.errors.length === 4);
  });

  test("that is put over another keeps nothing by silence: each member that is set is named", async () => {
    const put = 'id: "break-glass-read", role: "*", scope: "*", action: "*", resourceType: "*", effect: ALLOW';
    const source = `mutation { applyPolicy(input: { operations: [{ putRule: { ${put} } }], reason: "r" }) { revision } }`;
    const error = await world.error("BAD_USER_INPUT", source);
    assert.deepEqual(
      pathsOf(error),
      ["when", "obligations", "description"].map((member) => `operations[0].putRule.${member}`),
    );
    assert.match(error.message, /when of rule break-glass-read is set; .*clear: \[WHEN\] to empty it/);
    assert.deepEqual(await ruleNow(), BREAK_GLASS);
  });

  test("is emptied on purpose, and its author is told what that opens", async () => {
    const done = await world.data(one("updateRule", 'id: "break-glass-read", clear: [WHEN, OBLIGATIONS]'));
    assert.deepEqual(at(done, "updateRule", "findings"), [
      {
        code: "WIDENS_ALLOW",
        message: "rule break-glass-read has another condition, or none; asks for fewer obligations",
      },
    ]);
    assert.deepEqual(await ruleNow(), { ...BREAK_GLASS, when: null, obligations: [] });
    await restore();
  });
});

describe("null", () => {
  test("of an update clears nothing, from a variable too", async () => {
    const source = `mutation ($when: String) { updateRule(input: { id: "break-glass-read", when: $when }, reason: "r") { revision } }`;
    const error = await world.error("BAD_USER_INPUT", source, { when: null });
    assert.deepEqual(pathsOf(error), ["input.when"]);
    assert.match(error.message, /must not be null; leave it out .*clear: \[WHEN\]/);
    // A variable that is not given leaves the member out.
    await world.data(source, {});
    assert.deepEqual(await ruleNow(), BREAK_GLASS);
  });

  for (const [what, name, input, member] of [
    ["a client's status", "createClient", 'id: "x", name: "X", status: null', "input.status"],
    ["a scope's consent", "updateScope", 'name: "view_sleep", requiresConsent: null', "input.requiresConsent"],
    [
      "an atom's context",
      "createScope",
      'name: "view_x", atoms: [{ resourceType: "Patient", actions: ["read"], context: null }]',
      "input.atoms[0].context",
    ],
  ] as const)
    test(`stands for no default: ${what}`, async () => {
      assert.deepEqual(pathsOf(await world.error("BAD_USER_INPUT", one(name, input))), [member]);
    });

  test("and silence name no organization", async () => {
    for (const organization of ["", ", organization: null"])
      for (const name of ["assignRole", "unassignRole"]) {
        const { data, errors } = await world.ask(one(name, `subjectId: "a", role: "responder"${organization}`));
        assert.ok(data === null && errors.length === 1);
        assert.match(errors[0]?.message ?? "", /organization|String!/);
      }
  });
});

describe("other nouns", () => {
  test("suspending a client leaves its description; nothing but its status serves it again", async () => {
    const read = async () => at(await world.data('{ client(id: "ehr") { name status description } }'), "client");
    await world.data(one("updateClient", 'id: "ehr", status: SUSPENDED'));
    const suspended = { name: "EHR", status: "SUSPENDED", description: "The main system." };
    assert.deepEqual(await read(), suspended);
    const put = 'putClient: { id: "ehr", name: "EHR", description: "The main system." }';
    const source = `mutation { applyPolicy(input: { operations: [{ ${put} }], reason: "r" }) { revision } }`;
    const error = await world.error("BAD_USER_INPUT", source);
    assert.deepEqual(pathsOf(error), ["operations[0].putClient.status"]);
    assert.match(error.message, /status of client ehr is SUSPENDED/);
    await world.data(one("updateClient", 'id: "ehr", name: "EHR 2"'));
    assert.deepEqual(await read(), { ...suspended, name: "EHR 2" });
    await restore();
  });

  test("a grant and an assignment don't become endless by silence", async () => {
    const grant = await world.error("BAD_USER_INPUT", one("grantScope", 'clientId: "ehr", scope: "view_labs"'));
    assert.deepEqual(pathsOf(grant), ["input.validUntil"]);
    const held = 'subjectId: "edda", role: "responder", organization: "*"';
    const assignment = await world.error("BAD_USER_INPUT", one("assignRole", held));
    assert.deepEqual(pathsOf(assignment), ["input.validUntil"]);
    const done = await world.data(one("grantScope", 'clientId: "ehr", scope: "view_labs", clear: [VALID_UNTIL]'));
    assert.deepEqual(at(done, "grantScope", "findings"), [
      { code: "WIDENS_ALLOW", message: "the grant of view_labs to ehr ends later, or never" },
    ]);
    await restore();
  });

  test("an end in the past is refused", async () => {
    const input = 'clientId: "ehr", scope: "patient/Patient.rs", validUntil: "2026-11-24T12:00:00Z"';
    const error = await world.error("BAD_USER_INPUT", one("grantScope", input));
    assert.match(error.message, /^input\.validUntil: must be in the future/);
  });

  test("a scope goes on asking for consent, and permits what it did", async () => {
    await world.data(one("updateScope", 'name: "view_sleep", title: "Sleep"'));
    const source = '{ scope(name: "view_sleep") { title requiresConsent atoms { text } } }';
    const updated = { title: "Sleep", requiresConsent: true, atoms: [{ text: "Observation.read" }] };
    assert.deepEqual(at(await world.data(source), "scope"), updated);
    await restore();
  });

  test("everywhere is written out, and read so", async () => {
    const source = '{ assignments(filter: { organization: "*" }) { edges { node { subjectId organization } } } }';
    assert.deepEqual(at(await world.data(source), "assignments", "edges"), [
      { node: { subjectId: "edda", organization: "*" } },
    ]);
  });
});

test("clear names exactly the members that may be empty, for every noun", () => {
  const inputs = Object.values(world.schema.getTypeMap()).filter(isInputObjectType);
  const clearing = inputs.flatMap((type) => (type.getFields().clear === undefined ? [] : [type]));
  const words = (name: string): readonly string[] => {
    const type = world.schema.getType(name);
    return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
  };
  for (const noun of NOUNS) {
    const name = `Clearable${noun[0]?.toUpperCase()}${noun.slice(1)}Member`;
    const known = clearableOf(noun);
    assert.deepEqual([...words(name)], [...known.keys()], name);
    const mine = clearing.filter((type) => String(type.getFields().clear?.type) === `[${name}!]`);
    assert.ok(mine.length > 0, name);
    for (const type of mine) {
      const settings = getNamedType(type.getFields().settings?.type);
      const fields = { ...(isInputObjectType(settings) ? settings.getFields() : {}), ...type.getFields() };
      for (const member of known.values()) assert.ok(fields[member], `${type.name}.${member}`);
    }
  }
  assert.deepEqual(words("ClearableRuleMember").slice(0, 3), ["WHEN", "OBLIGATIONS", "DESCRIPTION"]);
});

test("a caller that may not change the policy can't by clear either", async () => {
  const error = await world.error(
    "FORBIDDEN",
    one("updateRule", 'id: "break-glass-read", clear: [WHEN]'),
    {},
    callerOf("key:a", "auditor"),
  );
  assert.match(error.message, /needs the role admin/);
});
