import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  buildSchema,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { ADMIN_KEY, type Service, startService } from "../http/support.ts";
import { client, revision, role, rule, scope } from "../storage/samples.ts";

/*
 * What somebody decides by as they see it, or compares as a text, contains nothing that is invisible or shown otherwise than it is stored. The
 * places are those of the schema: a new member is looked at, or is named here as free text.
 */

/** Characters that are refused in all of them, and joiners, which titles, names and conditions may contain. */
const HIDDEN = [
  ...["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"],
  ...["\u200e", "\u200f", "\u061c", "\u200b", "\u2060", "\ufeff"],
];
const JOINERS = ["\u200c", "\u200d"];

/** Prose, which may be in any writing, and what is compared with nothing. */
const FREE = new Set([
  "reason",
  "description",
  "justification",
  "text",
  "comment",
  "question",
  "userAgent",
  "flipsReason",
]);
/** Searches and places in lists: what is looked for may be anything. */
const SOUGHT = new Set(["filter", "replay", "after"]);

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));
type Values = { readonly [name: string]: unknown };

/** A value that the type accepts; of an object with what it requires alone. */
function least(type: GraphQLInputType): unknown {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) return [];
  const named = getNamedType(inner);
  if (isEnumType(named)) return named.getValues()[0]?.name;
  if (isInputObjectType(named)) return leastOf(named);
  const scalars: Values = { Boolean: true, Int: 1, Float: 1, DateTime: "2100-01-01T00:00:00Z", JSON: {} };
  return Object.hasOwn(scalars, named.name) ? scalars[named.name] : "x";
}
/** Beside what an object requires, one of what it must have one of. */
const ONE_OF: { readonly [type: string]: Values } = {
  AssignRole: { subjectId: "x" },
  UnassignRole: { subjectId: "x" },
  AtomInput: { resourceType: "Observation", actions: ["read"] },
  ProposedChangeInput: { operations: [] },
  GiveAccountingInput: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", patientName: "x", read: 0 },
};
const leastOf = (type: GraphQLInputObjectType): Values => ({
  ...Object.fromEntries(
    Object.values(type.getFields())
      .filter((field) => isNonNullType(field.type) && field.defaultValue === undefined)
      .map(({ name, type }) => [name, least(type)]),
  ),
  ...ONE_OF[type.name],
});

interface Place {
  readonly path: string;
  /** The whole value with this text there. */
  with(text: string): unknown;
}

/** Every text within a value of this type that is no prose, each object on the way with the least that it requires. */
function placesIn(type: GraphQLInputType, path: string, depth: number): readonly Place[] {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner))
    return placesIn(inner.ofType, `${path}[0]`, depth).map((at) => ({
      path: at.path,
      with: (text) => [at.with(text)],
    }));
  const named = getNamedType(inner);
  if (named.name === "String" || named.name === "ID")
    return [{ path, with: (text) => (path.endsWith(".constraint") ? `category=${text}` : text) }];
  if (!isInputObjectType(named) || depth === 0) return [];
  return Object.values(named.getFields())
    .filter(({ name }) => !FREE.has(name) && !SOUGHT.has(name))
    .flatMap(({ name, type: of }) =>
      placesIn(of, `${path}.${name}`, depth - 1).map((at) => ({
        path: at.path,
        with: (text: string) => ({ ...leastOf(named), [name]: at.with(text) }),
      })),
    );
}

interface Asked {
  readonly field: string;
  readonly arg: string;
  /** Of the field's other arguments. */
  readonly least: Values;
  readonly place: Place;
}

/** The operations of a policy are read by one function, wherever they stand. */
const ELSEWHERE = /^(proposePolicy input\.change|startReplay input\.operations)/;

/** All places of a kind of root fields. */
function placesOf(kind: "query" | "mutation"): readonly Asked[] {
  const root = kind === "query" ? schema.getQueryType() : schema.getMutationType();
  return Object.values(root?.getFields() ?? {}).flatMap((of) => {
    const required = of.args.filter(({ type }) => isNonNullType(type));
    const values = Object.fromEntries(required.map(({ name, type }) => [name, least(type)]));
    return of.args
      .filter(({ name }) => !FREE.has(name) && !SOUGHT.has(name))
      .flatMap(({ name, type }) =>
        placesIn(type, name, 5).map((at) => ({ field: of.name, arg: name, least: values, place: at })),
      )
      .filter(({ field, place }) => !ELSEWHERE.test(`${field} ${place.path}`));
  });
}

/** The text at that place is refused: for what it contains, or as no such thing is there, or as a form that has no place for it. */
const REFUSED =
  /U\+202E|control, format|there (is|are) no .*\u202e|(has no grant of|does not hold|no proposal|client) .*\u202e|must be (a (letter|scope token|language tag|protocol scope|code)|Type\/id|left out|one of)|is none of this|a disclosure of this accounting|with this id|a character that is not permitted|is no code of HL7/i;
/** Scopes of a token are kept as they were presented, and what is no scope token grants nothing. */
const KEPT = /^(decide|decideBatch) inputs?(\[0\])?\.scopes\[0\]$/;
/** Members that are read after what the least question lacks: a case of that id, one of two ways to ask, or a person who asks. */
const MASKED =
  /^(approveProposal digest|requestAccess input\.(clientId|organization)|recordConsent questions.*|(decideReviewItem|answerConsentRequest) .*)$/;

describe("what is read as it is seen", { timeout: 300_000 }, () => {
  let service: Service;
  before(async () => {
    service = await startService();
    const operations = [
      { putScope: { name: "x", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
      { activateScope: { name: "x" } },
      { putClient: { id: "x", name: "x" } },
      { putRole: { name: "x" } },
      { putRule: { id: "x", role: "x", scope: "x", action: "read", resourceType: "Observation", effect: "ALLOW" } },
      { putOrganization: { id: "x", settings: {} } },
    ];
    assert.deepEqual(await problemsOf("applyPolicy", "mutation", { input: { operations, reason: "r" } }), []);
  });
  after(() => service.stop());

  type Problem = { readonly path: string; readonly message: string };
  async function problemsOf(field: string, kind: "query" | "mutation", args: Values): Promise<readonly Problem[]> {
    const root = kind === "query" ? schema.getQueryType() : schema.getMutationType();
    const of = root?.getFields()[field] ?? assert.fail(field);
    const given = of.args.filter(({ name }) => Object.hasOwn(args, name));
    const declared = given.map(({ name, type }) => `$${name}: ${type}`).join(", ");
    const passed = given.map(({ name }) => `${name}: $${name}`).join(", ");
    const query = `${kind}(${declared}) { ${field}(${passed})${isLeaf(of.type) ? "" : " { __typename }"} }`;
    const { body } = await service.ask(query, { variables: args });
    return (
      body.errors?.[0]?.extensions.problems ?? (body.errors ? [{ path: "", message: JSON.stringify(body.errors) }] : [])
    );
  }
  const isLeaf = (type: unknown): boolean => !("getFields" in getNamedType(type as GraphQLInputType));

  const forClient = (given: unknown): unknown =>
    JSON.parse(JSON.stringify(given), (_, value) => {
      if (value === null || typeof value !== "object" || !("clientId" in value && "subjectId" in value)) return value;
      const { subjectId: _subject, ...client } = value;
      return client;
    });

  /** What a root field says to a text at a place. */
  function said(kind: "mutation" | "query", { field, least, arg, place }: Asked, text: string) {
    const given = place.with(text);
    // What is made is a new one; what is not a subject's is a client's.
    const fresh = field.startsWith("create")
      ? JSON.parse(JSON.stringify(given).replace(/"(id|name)":"x"/, '"$1":"z"'))
      : given;
    return problemsOf(field, kind, { ...least, [arg]: forClient(fresh) });
  }

  test("no member of the schema that is a title, a name, an id or a condition is taken with one, and the answer names it", async () => {
    const unnamed: string[] = [];
    for (const asked of placesOf("mutation")) {
      const { field, place } = asked;
      const found = await said("mutation", asked, "x\u202ey");
      if (found.some(({ message }) => REFUSED.test(message))) continue;
      const at = `${field} ${place.path}`;
      if (found.length === 0 ? !KEPT.test(at) : !MASKED.test(at)) unnamed.push(`${at}: ${JSON.stringify(found)}`);
    }
    assert.deepEqual(unnamed, []);
  });

  const SEEN: readonly (readonly [field: string, path: string])[] = [
    ["applyPolicy", "input.operations[0].putScope.title"],
    ["applyPolicy", "input.operations[0].putScope.translations[0].title"],
    ["applyPolicy", "input.operations[0].putClient.name"],
    ["applyPolicy", "input.operations[0].putOrganization.name"],
    ["proposePolicy", "input.title"],
    ["createApiKey", "input.name"],
    ["startReviewCampaign", "input.title"],
  ];
  const CONDITION = ["applyPolicy", "input.operations[0].putRule.when"] as const;
  const IDS = [
    ["applyPolicy", "input.operations[0].putClient.id"],
    ["applyPolicy", "input.operations[0].putRole.name"],
    ["decide", "input.subject.id"],
    ["decide", "input.resource.id"],
    ["putEntities", "entities[0].id"],
  ] as const;
  const placeOf = ([field, path]: readonly [string, string]): Asked =>
    placesOf("mutation").find((each) => each.field === field && each.place.path === path) ?? assert.fail(path);

  for (const about of [...SEEN, CONDITION])
    test(`each of them is refused in ${about.join(" ")}, and joiners are not`, async () => {
      const asked = placeOf(about);
      const inText = (character: string) => (about === CONDITION ? `subject.id == "x${character}y"` : `x${character}y`);
      for (const character of HIDDEN) {
        const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
        const found = await said("mutation", asked, inText(character));
        const here = found.filter(({ message, path }) => about[1].endsWith(path) && message.includes(code));
        assert.equal(here.length, 1, `${code}: ${JSON.stringify(found)}`);
      }
      for (const character of JOINERS)
        assert.doesNotMatch(JSON.stringify(await said("mutation", asked, inText(character))), /U\+|control, format/);
    });

  for (const about of IDS)
    test(`each of them, and joiners, are refused in ${about.join(" ")}`, async () => {
      for (const character of [...HIDDEN, ...JOINERS]) {
        const found = await said("mutation", placeOf(about), `x${character}y`);
        assert.match(JSON.stringify(found), /must not contain control, format/, character.charCodeAt(0).toString(16));
      }
    });

  test("properties of the directory that are names or texts, and names of attributes, have none", async () => {
    for (const [name, value] of [
      ["name", "Nina \u202eRay"],
      ["address", "Main\u200b Street"],
      ["unit", "ward-7\u2060"],
      ["household", "h\ufeff1"],
      ["organization", "north\u200e"],
      ["careTeam", ["dr\u2066"]],
      ["badge\u202e", 1],
    ] as const) {
      const entities = [{ type: "user", id: "nina", properties: { [name]: value } }];
      const found = await problemsOf("putEntities", "mutation", { entities, reason: "r" });
      assert.equal(found.length, 1, name);
      assert.match(found[0]?.message ?? "", /U\+|control, format/, name);
    }
    const fine = [{ type: "user", id: "nina", properties: { name: "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627" } }];
    assert.deepEqual(await problemsOf("putEntities", "mutation", { entities: fine, reason: "r" }), []);
  });

  test("AuthZEN takes none in an id", async () => {
    for (const character of [...HIDDEN, ...JOINERS]) {
      const id = `x${character}y`;
      const response = await fetch(`${service.url}/access/v1/evaluation`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` },
        body: JSON.stringify({
          subject: { type: "user", id },
          action: { name: "read" },
          resource: { type: "Patient", id: "p" },
          context: { client_id: "x" },
        }),
      });
      assert.match(await response.text(), /subject\.id: must not contain control, format/);
    }
  });

  test("what stands already is loaded, decides, and is marked", async () => {
    const folder = await mkdtemp(join(tmpdir(), "scopewarden-hidden-"));
    const url = `sqlite:${join(folder, "old.db")}`;
    try {
      const storage = await openStorage({ url, clock: Date.now });
      const when = 'purposeOfUse == "TREAT" && subject.id != "\u202e"';
      const rows = [
        changeOf("client", null, client("portal", { name: "Portal\u200b" })),
        changeOf("role", null, role("nurse")),
        changeOf("scope", null, scope("x", { title: "Read \u2066all", state: "ACTIVE" })),
        changeOf("rule", null, rule("old", { role: "nurse", scope: "x", when })),
      ];
      await storage.policy.commit(revision(1, rows));
      await storage.close();
      const old = await startService({ DATABASE_URL: url });
      try {
        const seen =
          '{ rule(id: "old") { when lint { code } } scope(name: "x") { lint { code } } client(id: "portal") { name } }';
        const { body } = await old.ask(seen);
        assert.equal(body.errors, undefined, JSON.stringify(body.errors));
        assert.equal(body.data.rule.when, when);
        assert.equal(body.data.client.name, "Portal\u200b");
        for (const { lint } of [body.data.rule, body.data.scope])
          assert.ok(lint.some(({ code }: { readonly code: string }) => code === "HIDDEN_CHARACTER"));
      } finally {
        await old.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
