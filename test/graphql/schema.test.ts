import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  buildASTSchema,
  findBreakingChanges,
  type GraphQLField,
  type GraphQLNamedType,
  getNullableType,
  introspectionFromSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  parse,
  printSchema,
  validateSchema,
} from "graphql";
import { decidesOf, PERMISSIONS } from "../../src/domain/callers/permissions.ts";
import { CALLER_ROLES } from "../../src/domain/callers/types.ts";
import { buildScopewardenSchema } from "../../src/graphql/door/schema.ts";

const schema = buildScopewardenSchema();
const contract = buildASTSchema(parse(readFileSync(new URL("contract.graphql", import.meta.url), "utf8")));
const roots = [schema.getQueryType(), schema.getMutationType()];
const rootFields = roots.flatMap((type) => Object.keys(type?.getFields() ?? {})).sort();

test("the schema is valid, and can be built twice in one process", () => {
  assert.deepEqual(validateSchema(schema), []);
  assert.deepEqual(validateSchema(buildScopewardenSchema()), []);
});

test("what holds for a client of the contract holds for this schema: no type, field, argument, type or default departs", () => {
  assert.deepEqual(findBreakingChanges(contract, schema), []);
});

/** findBreakingChanges lets types be narrowed where that is safe for callers; the contract wants them as they are. */
test("every type, default and nullability of the contract is there to the letter", () => {
  for (const type of Object.values(contract.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    const ours = schema.getType(type.name);
    assert.ok(ours, type.name);
    assert.equal(ours.constructor.name, type.constructor.name);
    if (isEnumType(type) && isEnumType(ours)) {
      for (const { name } of type.getValues()) assert.ok(ours.getValue(name), `${type.name}.${name}`);
    }
    if (isInputObjectType(type) && isInputObjectType(ours)) {
      for (const [name, field] of Object.entries(type.getFields())) {
        const place: string = `${type.name}.${name}`;
        assert.equal(String(ours.getFields()[name]?.type), String(field.type), place);
        assert.deepEqual(ours.getFields()[name]?.defaultValue, field.defaultValue, place);
      }
    }
    if (isObjectType(type) && isObjectType(ours)) {
      for (const [name, field] of Object.entries(type.getFields())) {
        const place: string = `${type.name}.${name}`;
        const our: GraphQLField<unknown, unknown> | undefined = ours.getFields()[name];
        assert.equal(String(our?.type), String(field.type), place);
        for (const arg of field.args) {
          assert.equal(
            String(our?.args.find((a) => a.name === arg.name)?.type),
            String(arg.type),
            `${place}(${arg.name})`,
          );
        }
      }
    }
  }
});

test("every root field has a row in the table of permissions, and every row a root field", () => {
  assert.deepEqual(rootFields, Object.keys(PERMISSIONS).sort());
  for (const [field, { roles }] of Object.entries(PERMISSIONS))
    assert.ok(roles.length > 0, `${field} is open to no role`);
});

test("the description of each root field ends with the roles that may call it, by the table, and says them once", () => {
  const known: readonly string[] = CALLER_ROLES;
  for (const field of roots.flatMap((type) => Object.values(type?.getFields() ?? {}))) {
    const { roles, tries = [] }: { readonly roles: readonly string[]; readonly tries?: readonly string[] } =
      PERMISSIONS[field.name as keyof typeof PERMISSIONS];
    const [, said = "", tried = ""] =
      /[.:)] For: ([a-z, ]+)(?:; with `dryRun: true` ([a-z, ]+) too)?\.$/.exec(field.description ?? "") ?? [];
    assert.deepEqual(said.split(", "), known.filter((role) => roles.includes(role)).sort(), field.name);
    assert.deepEqual(tried === "" ? [] : tried.split(", "), [...tries].sort(), field.name);
    assert.equal(field.description?.split("For: ").length, 2, field.name);
  }
});

test("what must be given comes first, in the arguments of each field and in each input type", () => {
  const inOrder = (place: string, required: readonly boolean[]) =>
    assert.deepEqual(
      required,
      [...required].sort((a, b) => Number(b) - Number(a)),
      place,
    );
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) inOrder(type.name, Object.values(type.getFields()).map(isRequiredInputField));
    if (isObjectType(type) && !type.name.startsWith("__"))
      for (const { args, name } of Object.values(type.getFields()))
        inOrder(`${type.name}.${name}`, args.map(isRequiredArgument));
  }
});

test("a row that decides names a field with one required argument, and that is the list where it decides each of its items", () => {
  const deciding = Object.keys(PERMISSIONS).filter((name) => decidesOf(name) !== null);
  assert.deepEqual(deciding, ["authorize", "authorizeBatch", "decide", "decideBatch", "decideGrant"]);
  for (const name of deciding) {
    const field = roots.map((type) => type?.getFields()[name]).find((found) => found !== undefined);
    const [argument, ...others] = field?.args ?? [];
    assert.ok(argument !== undefined && others.length === 0 && isRequiredArgument(argument), name);
    const decides = decidesOf(name);
    const list = isListType(getNullableType(argument.type)) ? { eachOf: argument.name } : "one";
    assert.deepEqual(decides, list, name);
  }
});

test("a root field that answers with a new decision is in the table as one that decides", () => {
  const answers = roots.flatMap((type) => Object.values(type?.getFields() ?? {}));
  // What is found in the journal may not be there, or is a list of its own type.
  const decide = answers.filter(({ type }) => /^(\[?Decision!?\]?|GrantDecision)!$/.test(String(type)));
  const names = ["authorize", "authorizeBatch", "decide", "decideBatch", "decideGrant"];
  assert.deepEqual(decide.map(({ name }) => name).sort(), names);
  for (const { name } of decide) assert.notEqual(decidesOf(name), null, name);
});

test("the mutations that decide are the queries: arguments, type, and row of the table", () => {
  for (const [mutation, query] of [
    ["decide", "authorize"],
    ["decideBatch", "authorizeBatch"],
  ] as const) {
    const [one, other] = [schema.getMutationType()?.getFields()[mutation], schema.getQueryType()?.getFields()[query]];
    assert.ok(one !== undefined && other !== undefined);
    assert.equal(String(one.type), String(other.type));
    const said = (field: typeof one) =>
      field.args.map(({ name, type, description }) => [name, String(type), description]);
    assert.deepEqual(said(one), said(other));
    assert.deepEqual(PERMISSIONS[mutation], PERMISSIONS[query]);
  }
});

test("an operation of the policy and what is proposed are OneOf input objects, in print and in introspection", () => {
  for (const name of ["PolicyOperation", "ProposedChangeInput"])
    assert.match(printSchema(schema), new RegExp(`^input ${name} @oneOf \\{$`, "m"));
  const types = introspectionFromSchema(schema, { oneOf: true }).__schema.types as readonly {
    name: string;
    isOneOf?: boolean | null;
  }[];
  assert.deepEqual(
    types.filter(({ isOneOf }) => isOneOf === true).map(({ name }) => name),
    ["PolicyOperation", "ProposedChangeInput"],
  );
});

/** What a campaign is closed with is its own reason, a comment is what is said, as is what came out of an alert, what is applied has the reason of its proposal, giving back needs none, a patient who answers gives none, and a person who is asked says what it was for, a verdict is taken back within minutes, a sample is drawn for what it is, and an accounting has a reason for each that it leaves out. */
const REASONED_OTHERWISE = [
  "commentProposal",
  "applyProposal",
  "returnAccess",
  "answerConsentRequest",
  "endBreakGlass",
  "reviewBreakGlass",
  "closeReviewCampaign",
  "acknowledgeAlert",
  "acknowledgeIndexRebuild",
  "closeAlert",
  "correctVerdict",
  "reopenAlert",
  "giveAccounting",
  "answerInquiry",
  "drawWeeklySample",
  "judgeSample",
];
/** They change nothing that anybody goes by. */
const ASK_ONLY = ["startReplay", "startBacktest", "cancelJob"];

test("every mutation but those that decide or only ask takes a reason and answers with the revision", () => {
  for (const [name, field] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
    if (decidesOf(name) !== null || ASK_ONLY.includes(name)) continue;
    const input = field.args.find((arg) => arg.name === "input")?.type;
    const named = input === undefined ? undefined : schema.getType(String(input).replace("!", ""));
    const within = isInputObjectType(named) && named.getFields().reason !== undefined;
    const takes = within || field.args.some((arg) => arg.name === "reason" && String(arg.type) === "String!");
    assert.equal(takes, !REASONED_OTHERWISE.includes(name), name);
    const answer = schema.getType(String(field.type).replace("!", ""));
    assert.ok(isObjectType(answer) && (answer.getFields().revision ?? answer.getFields().policyRevision), name);
  }
});

function* undocumented(type: GraphQLNamedType): Generator<string> {
  if (!type.description) yield type.name;
  if (isEnumType(type))
    for (const value of type.getValues()) if (!value.description) yield `${type.name}.${value.name}`;
  if (isInputObjectType(type))
    for (const field of Object.values(type.getFields())) if (!field.description) yield `${type.name}.${field.name}`;
  if (isObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (!field.description) yield `${type.name}.${field.name}`;
      for (const arg of field.args) if (!arg.description) yield `${type.name}.${field.name}(${arg.name})`;
    }
  }
}

test("every type, field, argument and value is described", () => {
  const own = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith("__"));
  assert.deepEqual(
    own.flatMap((type) => [...undocumented(type)]),
    [],
  );
});
