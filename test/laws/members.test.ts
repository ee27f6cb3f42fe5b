import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { getNamedType, isLeafType, isObjectType } from "graphql";
import { readLivePolicy } from "../../src/cli/policy/livePolicy.ts";
import { printMembers } from "../../src/cli/policy/printChange.ts";
import { policySchema } from "../../src/cli/policy/schemas.ts";
import { loadPolicyFiles } from "../../src/cli/policyFiles.ts";
import { applySeed } from "../../src/cli/seedCommand.ts";
import type { ApiKey } from "../../src/domain/callers/types.ts";
import { changesFrom } from "../../src/domain/policy/difference.ts";
import { sayPolicy } from "../../src/domain/policy/files/exportFiles.ts";
import { NOUN_NAMES } from "../../src/domain/policy/files/operationOf.ts";
import { planPolicy } from "../../src/domain/policy/files/policyPlan.ts";
import { OPERATION } from "../../src/domain/policy/files/policyShapes.ts";
import { contentMembers, type MemberOf, membersOf } from "../../src/domain/policy/members.ts";
import { SETTING_NAMES } from "../../src/domain/policy/organizations.ts";
import { changeOf, rowsOf, withChanges } from "../../src/domain/policy/snapshot.ts";
import { NOUNS, type Noun, type PolicyRows } from "../../src/domain/policy/types.ts";
import { at, NOW, openWorld, type World } from "../graphql/world.ts";
import { changesBetween } from "../support/policies.ts";

/*
 * A member of a noun can't be lost: whatever is put is read, compared, told in the history, restored and seeded. The
 * samples are typed by the list of members, so that a new one does not compile until it has a sample here.
 */

type Values = { readonly [name: string]: unknown };
/** Another value of a member, and the words of the history that tell the change. */
type Other<Value> = readonly [value: Value, told: string];
/** An operation as the API and policy files take it. */
type Operation = Values;

interface Sample<N extends Noun> {
  readonly list: string;
  /** The operation that puts these values. */
  readonly put: (values: Values) => Operation;
  /** The operation that changes these values, and nothing else; null: there is none. */
  readonly update: ((values: Values) => Operation) | null;
  readonly base: { readonly [M in Exclude<MemberOf<N, "key" | "content">, "version">]: PolicyRows[N][M] };
  /** For each member of the key what makes another row; null for what is counted by the service. */
  readonly keys: { readonly [M in MemberOf<N, "key">]: Partial<PolicyRows[N]> | null };
  readonly content: { readonly [M in MemberOf<N, "content">]: Other<PolicyRows[N][M]> };
  /** For each member that later steps say or note: what has been done, the step, and what it brings. */
  readonly life: {
    readonly [M in MemberOf<N, "life" | "noted">]: {
      readonly done: readonly Operation[];
      readonly step: Operation;
      readonly brings: Other<PolicyRows[N][M]>;
      /** The state after a rollback, where the life of a scope is not turned back. */
      readonly stays?: string;
    };
  };
}

const T = (text: string): number => Date.parse(text);
const iso = (time: number): string => new Date(time).toISOString();
const atom = (...actions: readonly string[]) => ({
  context: "PATIENT" as const,
  resourceType: "Observation",
  actions,
  constraint: "category=laboratory",
});
const period = { validFrom: T("2026-01-01T00:00:00Z"), validUntil: T("2028-01-01T00:00:00Z") };
const otherPeriod = {
  validFrom: [T("2026-02-01T00:00:00Z"), "from 2026-01-01T00:00:00.000Z -> 2026-02-01T00:00:00.000Z"],
  validUntil: [T("2029-01-01T00:00:00Z"), "until 2028-01-01T00:00:00.000Z -> 2029-01-01T00:00:00.000Z"],
} as const;
const name = "view_labs";
const [SOON, LATE] = [T("2027-01-01T00:00:00Z"), T("2027-06-01T00:00:00Z")];
const deprecate = (sunsetAt: number, replacedBy: string): Operation => ({
  deprecateScope: { name, sunsetAt: iso(sunsetAt), replacedBy },
});
const activate: Operation = { activateScope: { name } };
const successor = "patient/Observation.rs";

/** As inputs call it. */
const withAtoms = ({ declarations, ...values }: Values): Values =>
  declarations === undefined ? values : { ...values, atoms: declarations };

/** Of an organization: the API and files have its settings in a member of their own. */
const nested = (values: Values): Values => {
  const isSetting = ([of]: readonly [string, unknown]) => (SETTING_NAMES as readonly string[]).includes(of);
  const entries = Object.entries(values);
  const others = Object.fromEntries(entries.filter((entry) => !isSetting(entry)));
  return { ...others, settings: Object.fromEntries(entries.filter(isSetting)) };
};
const flat = ({ settings, ...row }: Values): Values => ({ ...row, ...(settings as Values | undefined) });

/** Whether a row has all the values. */
const sayAll = (row: unknown, values: Values): boolean =>
  Object.entries(values).every(([of, value]) => isDeepStrictEqual((row as Values)[of], value));
/** Whether what is written says a value, but for what goes without saying. */
function isWithin(value: unknown, text: unknown): boolean {
  if (value === null || text === undefined) return value === null;
  if (typeof value === "string" && /Z$/.test(value)) return Date.parse(value) === Date.parse(String(text));
  if (Array.isArray(value)) return Array.isArray(text) && value.every((item, i) => isWithin(item, text[i]));
  if (typeof value !== "object") return value === text;
  return Object.entries(value as Values).every(([of, member]) => isWithin(member, (text as Values)[of]));
}

const SAMPLES: { readonly [N in Noun]: Sample<N> } = {
  client: {
    list: "clients",
    put: (values) => ({ putClient: values }),
    update: (values) => ({ updateClient: values }),
    base: {
      id: "app",
      name: "App",
      status: "ACTIVE",
      description: "An app.",
      protocolScopes: ["fhirUser", "openid"],
      careCritical: false,
    },
    keys: { id: { id: "app-2" } },
    content: {
      name: ["The app", "name App -> The app"],
      status: ["SUSPENDED", "ACTIVE -> SUSPENDED"],
      description: ["Another app.", "description An app. -> Another app."],
      protocolScopes: [["offline_access", "openid"], "protocol scopes fhirUser, openid -> offline_access, openid"],
      careCritical: [true, "care-critical none -> yes"],
    },
    life: {},
  },
  scope: {
    list: "scopes",
    put: (values) => ({ putScope: withAtoms(values) }),
    update: (values) => ({ updateScope: withAtoms(values) }),
    base: {
      name,
      title: "Laboratory results",
      description: "Reads them.",
      translations: [{ language: "de", title: "Laborbefunde", description: null }],
      declarations: [atom("read")],
      requiresConsent: false,
      justification: "None needed.",
    },
    keys: { name: { name: "view_other_labs" }, version: null },
    content: {
      title: ["Results", "title Laboratory results -> Results"],
      description: ["Reads results.", "description Reads them. -> Reads results."],
      translations: [
        [{ language: "fr", title: "Analyses", description: "Les lit." }],
        "translations de Laborbefunde -> fr Analyses",
      ],
      declarations: [
        [atom("search")],
        "atoms patient/Observation.read?category=laboratory -> patient/Observation.search",
      ],
      requiresConsent: [true, "requires consent none -> yes"],
      justification: ["Asked for.", "justification None needed. -> Asked for."],
    },
    life: {
      state: { done: [], step: activate, brings: ["ACTIVE", "DRAFT -> ACTIVE"], stays: "RETIRED" },
      sunsetAt: {
        done: [activate, deprecate(SOON, successor)],
        step: deprecate(LATE, successor),
        brings: [LATE, `sunset ${iso(SOON)} -> ${iso(LATE)}`],
      },
      replacedBy: {
        done: [activate, deprecate(SOON, successor)],
        step: deprecate(SOON, "patient/Observation.r"),
        brings: ["patient/Observation.r", `replaced by ${successor} -> patient/Observation.r`],
      },
      deprecatedAt: {
        done: [activate],
        step: deprecate(SOON, successor),
        brings: [NOW, `announced none -> ${iso(NOW)}`],
        stays: "DEPRECATED",
      },
      retiredAt: {
        done: [activate],
        step: { retireScope: { name } },
        brings: [NOW, `retired none -> ${iso(NOW)}`],
        stays: "RETIRED",
      },
    },
  },
  role: {
    list: "roles",
    put: (values) => ({ putRole: values }),
    update: (values) => ({ updateRole: values }),
    base: { name: "intern", inherits: ["staff"], description: "Learns." },
    keys: { name: { name: "trainee" } },
    content: {
      inherits: [["nurse", "staff"], "inherits staff -> nurse, staff"],
      description: ["Learns much.", "description Learns. -> Learns much."],
    },
    life: {},
  },
  grant: {
    list: "grants",
    put: (values) => ({ grantScope: values }),
    update: null,
    base: { clientId: "ehr", scope: successor, ...period },
    keys: { clientId: { clientId: "portal" }, scope: { scope: "patient/Patient.rs" } },
    content: otherPeriod,
    life: {},
  },
  assignment: {
    list: "assignments",
    put: (values) => ({ assignRole: values }),
    update: null,
    base: { subjectId: "nina", subjectType: "user", clientId: null, role: "nurse", organization: "general", ...period },
    keys: {
      subjectId: { subjectId: "otto" },
      subjectType: { subjectType: "device" },
      clientId: { subjectId: null, subjectType: null, clientId: "ehr" },
      role: { role: "staff" },
      organization: { organization: "st-mary" },
    },
    content: otherPeriod,
    life: {},
  },
  rule: {
    list: "rules",
    put: (values) => ({ putRule: values }),
    update: (values) => ({ updateRule: values }),
    base: {
      id: "r1",
      role: "nurse",
      scope: successor,
      action: "read",
      resourceType: "Observation",
      when: "true",
      effect: "ALLOW",
      obligations: [{ type: "redact", parameters: { fields: ["note"] } }],
      description: "Reads.",
      justification: "Asked for by the ward.",
    },
    keys: { id: { id: "r2" } },
    content: {
      role: ["staff", "role nurse -> staff"],
      scope: ["patient/*.rs", `scope ${successor} -> patient/*.rs`],
      action: ["search", "action read -> search"],
      resourceType: ["*", "resource type Observation -> *"],
      when: ["false", "when true -> false"],
      effect: ["DENY", "ALLOW -> DENY"],
      obligations: [[{ type: "notify", parameters: null }], 'obligations redact {"fields":["note"]} -> notify'],
      description: ["Reads much.", "description Reads. -> Reads much."],
      justification: ["Agreed.", "justification Asked for by the ward. -> Agreed."],
    },
    life: {},
  },
  organization: {
    list: "organizations",
    put: (values) => ({ putOrganization: nested(values) }),
    update: (values) => ({ updateOrganization: nested(values) }),
    base: {
      id: "general",
      name: "General",
      consentOnSilence: [{ purpose: null, silence: "PERMIT" }],
      specialProtection: "TRUSTED",
      purposeRequired: true,
      patientScopesReachShared: true,
      part2Program: true,
      accessRequestMaxMinutes: 60,
      consentRequests: { expireMinutes: 10, agreedDays: 100, refusedDays: 50 },
      breakGlass: { roles: ["nurse"], maxMinutes: 30, reviewWithinHours: 24 },
      emergencyOverridesRefusal: true,
      alertResponses: [
        { response: "STEP_UP", maxMinutes: 60, automatic: { from: "MEDIUM", minutes: 5, mostPerHour: 3 } },
      ],
      retentionYears: 7,
      legalHold: true,
      justification: "The board said so.",
    },
    keys: { id: { id: "st-mary" } },
    content: {
      name: ["General Hospital", "name General -> General Hospital"],
      consentOnSilence: [
        [
          { purpose: "TREAT", silence: "PERMIT" },
          { purpose: null, silence: "PERMIT" },
        ],
        "silence else PERMIT -> TREAT PERMIT, else PERMIT",
      ],
      specialProtection: ["ENFORCED", "special protection TRUSTED -> ENFORCED"],
      purposeRequired: [false, "purpose required yes -> no"],
      patientScopesReachShared: [false, "patient scopes reach shared yes -> no"],
      part2Program: [false, "42 CFR Part 2 program yes -> no"],
      accessRequestMaxMinutes: [90, "access requests, minutes 60 -> 90"],
      consentRequests: [
        { expireMinutes: 20, agreedDays: 200, refusedDays: 60 },
        "consent requests 10 minutes to answer, yes 100 days, no 50 days -> 20 minutes to answer, yes 200 days, no 60 days",
      ],
      breakGlass: [
        { roles: ["nurse", "staff"], maxMinutes: 15, reviewWithinHours: 8 },
        "break glass nurse; 30 minutes, reviewed within 24 hours -> nurse, staff; 15 minutes, reviewed within 8 hours",
      ],
      alertResponses: [
        [
          {
            response: "SUSPENSION",
            maxMinutes: 30,
            automatic: { from: "HIGH", minutes: 9, mostPerHour: null },
          },
        ],
        "alert responses STEP_UP up to 60 minutes (by itself 5 from MEDIUM, 3 an hour) -> SUSPENSION up to 30 minutes (by itself 9 from HIGH, 5 an hour)",
      ],
      emergencyOverridesRefusal: [false, "emergency overrides refusal yes -> no"],
      retentionYears: [10, "retention, years 7 -> 10"],
      legalHold: [false, "legal hold yes -> no"],
      justification: ["Agreed.", "justification The board said so. -> Agreed."],
    },
    life: {},
  },
};

/** The revision that puts a noun's base. */
const BASE = 1;
/** What the samples name. */
const NAMED: readonly Operation[] = [
  { putClient: { id: "ehr", name: "EHR" } },
  { putClient: { id: "portal", name: "Portal" } },
  { putRole: { name: "staff" } },
  { putRole: { name: "nurse" } },
];

/** Values as they stand in the API and in files: times as text. */
const written = (noun: Noun, values: Values): Values => {
  const times = new Set(membersOf(noun).flatMap((member) => (member.type === "time" ? [member.name] : [])));
  const text = (value: unknown): unknown => (typeof value === "number" ? iso(value) : value);
  return Object.fromEntries(Object.entries(values).map(([of, value]) => [of, times.has(of) ? text(value) : value]));
};

/** The fields of a type, with those of what they contain. */
function fieldsOf(world: World, type: string, names: readonly string[]): string {
  const fields = (
    world.schema.getType(type) as { getFields?: () => Readonly<Record<string, { type: never }>> }
  ).getFields?.();
  return names
    .map((field) => {
      const of = getNamedType(fields?.[field]?.type);
      if (!isObjectType(of)) return field;
      // Of a setting all of it; of other objects their own members alone, since they may lead back to where they came from.
      const inner = Object.values(of.getFields()).filter(
        (each) => type === "OwnSettings" || isLeafType(getNamedType(each.type)),
      );
      return `${field} { ${fieldsOf(
        world,
        of.name,
        inner.map((each) => each.name),
      )} }`;
    })
    .join(" ");
}

/** What the API says of the row with these key members, and how many rows there are. */
async function read(
  world: World,
  noun: Noun,
  values: Values,
): Promise<{ readonly row: Values; readonly rows: number }> {
  const { list } = SAMPLES[noun];
  const type = `${noun[0]?.toUpperCase()}${noun.slice(1)}`;
  const members = membersOf(noun);
  const names = members.map((member) => member.name);
  const settings = noun === "organization" ? SETTING_NAMES : [];
  const own = names.filter((of) => !(settings as readonly string[]).includes(of));
  const inner = settings.length === 0 ? "" : `settings { ${fieldsOf(world, "OwnSettings", settings)} }`;
  const data = await world.data(`{ ${list} { edges { node { ${fieldsOf(world, type, own)} ${inner} } } } }`);
  const rows = (at(data, list, "edges") as readonly { readonly node: Values }[]).map(({ node }) => flat(node));
  const keys = members.filter(({ role, name: of }) => role === "key" && Object.hasOwn(values, of)).map((m) => m.name);
  const found = rows.filter((row) => keys.every((key) => row[key] === values[key]));
  assert.equal(found.length, 1, `${noun} ${JSON.stringify(values)}`);
  return { row: found[0] ?? {}, rows: rows.length };
}

interface Change {
  readonly revision: number;
  readonly changes: readonly {
    readonly summary: string;
    readonly before: Values | null;
    readonly after: Values | null;
  }[];
}

async function apply(world: World, ...operations: readonly Operation[]): Promise<Change> {
  const source =
    "mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) { revision changes { summary before after } } }";
  return at(await world.data(source, { input: { operations, reason: "the law" } }), "applyPolicy") as Change;
}

async function rollBack(world: World, toRevision: number): Promise<void> {
  await world.data('mutation ($to: Int!) { rollbackPolicy(toRevision: $to, reason: "back") { revision } }', {
    to: toRevision,
  });
}

/** The newest revision is stored as it was made: in the rows, and in the changes by which other instances follow. */
async function assertKept({ storage, domain }: World, before: number): Promise<void> {
  const current = domain.policy.current();
  const past = await storage.policy.load(before);
  const differing = await changesFrom(storage.policy.difference(before, current.revision), () => Promise.resolve());
  const page = { first: 500, after: null };
  const told = (await storage.policy.changes({ revision: current.revision, page })).items.map(({ node }) => node);
  for (const changes of [differing, told])
    assert.deepEqual(changesBetween(withChanges(past, changes, current.revision), current), []);
  assert.deepEqual(changesBetween(await storage.policy.load(), current), []);
}

/** The values of `expected` among what was read. */
const part = (row: Values, expected: Values): Values =>
  Object.fromEntries(Object.keys(expected).map((member) => [member, row[member]]));

/** Seeds operations from a YAML file (JSON is YAML), and answers with how many rows changed. */
async function seeding<Result>(
  operations: readonly Operation[],
  use: (files: Files) => Promise<Result>,
): Promise<Result> {
  const dir = await mkdtemp(join(tmpdir(), "members-"));
  try {
    // A file leaves out what is null.
    const text = JSON.stringify({ operations }, (_, value: unknown) => (value === null ? undefined : value));
    await writeFile(join(dir, "policy.yaml"), text);
    return await use(await loadPolicyFiles(dir));
  } finally {
    await rm(dir, { recursive: true });
  }
}
type Files = Awaited<ReturnType<typeof loadPolicyFiles>>;

for (const noun of NOUNS) {
  describe(`no member of a noun is lost: ${noun}`, () => {
    const { put, update, base, keys, content, life } = SAMPLES[noun] as unknown as Sample<Noun> & {
      readonly base: Values;
      readonly keys: Readonly<Record<string, Values | null>>;
      readonly content: Readonly<Record<string, Other<unknown>>>;
      readonly life: Readonly<
        Record<string, { done: Operation[]; step: Operation; brings: Other<unknown>; stays?: string }>
      >;
    };
    const operation = (values: Values): Operation => put(written(noun, values));
    const expected = written(noun, base);
    const openBase = async (): Promise<World> => {
      const world = await openWorld();
      await apply(world, ...NAMED, operation(base));
      return world;
    };
    const opened = openBase();

    test("all are read as they were put", async () => {
      const { row } = await read(await opened, noun, expected);
      assert.deepEqual(part(row, expected), expected);
    });

    test("what is put again unchanged makes no revision", async () => {
      const world = await opened;
      const before = world.domain.policy.current().revision;
      assert.equal((await apply(world, operation(base))).revision, before);
    });

    for (const [member, more] of Object.entries(keys)) {
      if (more === null) continue;
      test(`${member} tells rows apart, and names them in the history`, async () => {
        const world = await opened;
        await rollBack(world, BASE);
        const before = await read(world, noun, expected);
        const values = written(noun, { ...base, ...more });
        const { changes } = await apply(world, operation({ ...base, ...more }));
        const { row, rows } = await read(world, noun, values);
        assert.equal(rows, before.rows + 1);
        assert.deepEqual(part(row, values), values);
        assert.ok(changes[0]?.summary.includes(String(values[member])), changes[0]?.summary);
      });
    }

    test("every member is exported, planned and described to editors", async () => {
      const { data, domain } = await openBase();
      const current = domain.policy.current();
      // As it is read over the API, the policy is what the service has.
      const live = await readLivePolicy({ ask: async (query, variables) => (await data(query, variables)) as Values });
      assert.deepEqual(changesBetween(live, current), []);
      const said = sayPolicy(live, NOW);
      const { put } = NOUN_NAMES[noun];
      const values = said.operations[noun].flatMap((each) => {
        const input = (OPERATION.write(each) as Values)[put] as Values | undefined;
        return input === undefined ? [] : [flat(input)];
      });
      const fields = (policySchema() as unknown as { properties: { operations: { items: { properties: Values } } } })
        .properties.operations.items.properties[put] as { readonly properties: Values };
      const described = {
        ...fields.properties,
        ...(fields.properties.settings as typeof fields | undefined)?.properties,
      };
      const row = [...rowsOf(live)].find((item) => item.noun === noun && sayAll(item.row, base))?.row;
      assert.ok(row !== undefined);
      for (const member of membersOf(noun)) {
        if ((member.role !== "content" && member.role !== "key") || keys[member.name as keyof typeof keys] === null)
          continue;
        const name = Object.keys(withAtoms({ [member.name]: 0 }))[0] ?? "";
        assert.ok(Object.hasOwn(described, name), `${name} is in the schema`);
        const other = (content as Readonly<Record<string, Other<unknown>>>)[member.name];
        if (other === undefined) continue;
        const changed = { ...row, [member.name]: other[0] } as typeof row;
        const lines = printMembers(changeOf(noun, row, changed));
        assert.ok(
          lines.some((line) => line.startsWith(`    ${member.name}: `)),
          `${name} is in the plan`,
        );
        const wanted = withAtoms(written(noun, { [member.name]: (row as unknown as Values)[member.name] }))[name];
        if (wanted === "ACTIVE" || wanted === false) continue;
        assert.ok(
          values.some((value) => isWithin(wanted, value[name])),
          `${name} is exported`,
        );
      }
    });

    const steps = [
      ...Object.entries(content).map(([member, [value, told]]) => ({
        member,
        done: [] as readonly Operation[],
        step: operation({ ...base, [member]: value }),
        brings: { ...base, [member]: value } as Values,
        told,
        stays: undefined as string | undefined,
      })),
      ...Object.entries(life).map(([member, { done, step, brings, stays }]) => ({
        member,
        done,
        step,
        brings: { ...base, [member]: brings[0] } as Values,
        told: brings[1],
        stays,
      })),
    ];
    for (const { member, done, step, brings, told, stays } of steps) {
      const wanted = written(noun, brings);
      test(`${member} is changed, read, told in the history, kept and rolled back`, async () => {
        const world = member in life ? await openBase() : await opened;
        await rollBack(world, BASE);
        if (done.length > 0) await apply(world, ...done);
        const { revision } = world.domain.policy.current();
        const { row: was } = await read(world, noun, expected);
        const made = await apply(world, step);
        assert.equal(made.revision, revision + 1, "a change makes a revision");
        assert.equal(made.changes.length, 1);
        const [change] = made.changes;
        assert.ok(change?.summary.includes(told), change?.summary);
        assert.deepEqual(change?.before?.[member], was[member]);
        assert.deepEqual(change?.after?.[member], wanted[member]);
        const { row } = await read(world, noun, wanted);
        assert.deepEqual(part(row, wanted), wanted);
        await assertKept(world, revision);
        await rollBack(world, revision);
        const { row: back } = await read(world, noun, expected);
        if (stays === undefined) assert.deepEqual(back, was);
        else assert.equal(back.state, stays);
      });

      test(`${member} is seeded, and compared when it is seeded again`, async () => {
        const { policy } = (await openWorld()).domain;
        const seed = (files: Files) => applySeed(files, { policy, reason: "seeding" });
        const first = [...NAMED, operation(base), ...done];
        const next = content[member] === undefined ? [...first, step] : [...NAMED, step];
        assert.ok((await seeding(first, seed)).changes.length > 0);
        assert.deepEqual((await seeding(first, seed)).changes, []);
        const role = membersOf(noun).find((each) => each.name === member)?.role;
        if (role === "content") {
          const { changes } = await seeding(next, seed);
          assert.deepEqual(
            changes.map(({ noun: of }) => of),
            [noun],
          );
          assert.deepEqual((await seeding(next, seed)).changes, []);
        } else if (role === "life") {
          const plan = await seeding(next, async (files) => planPolicy(files, policy.current(), { now: NOW }));
          assert.ok(plan.operations.length > 0, "the difference is seen");
        }
      });
    }

    for (const { name: member, required, unsaid, clearedAs } of contentMembers(noun)) {
      const [value, told] = content[member] as Other<unknown>;
      /** The row with the member set, and what says it again but for the member. What must be justified keeps its justification. */
      const others = member === "justification" && noun === "organization" ? { specialProtection: "ENFORCED" } : null;
      const set = { ...base, ...others, [member]: value };
      const forgetful = Object.fromEntries(Object.entries(set).filter(([of]) => of !== member));

      if (update !== null)
        test(`${member} alone is changed by an update, and told in the history`, async () => {
          const world = await opened;
          await rollBack(world, BASE);
          const key = Object.fromEntries(Object.entries(base).filter(([of]) => Object.hasOwn(keys, of)));
          const made = await apply(world, update(written(noun, { ...key, [member]: value })));
          assert.ok(made.changes[0]?.summary.includes(told), made.changes[0]?.summary);
          const wanted = written(noun, { ...base, [member]: value });
          assert.deepEqual(part((await read(world, noun, wanted)).row, wanted), wanted);
          await assertKept(world, made.revision - 1);
        });

      test(`${member} is not lost by a put that forgets it, nor by a file`, async () => {
        const world = await opened;
        await rollBack(world, BASE);
        await apply(world, operation(set));
        const revision = world.domain.policy.current().revision;
        const source = "mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) { revision } }";
        const input = { operations: [operation(forgetful)], reason: "forgetful" };
        const { errors } = await world.ask(source, { input });
        const label = member === "declarations" ? "atoms" : member;
        assert.ok(
          errors.some(({ message }) => message.includes(label)),
          JSON.stringify(errors),
        );
        const { policy } = world.domain;
        await assert.rejects(
          seeding([operation(forgetful)], (files) => applySeed(files, { policy, reason: "forgetful" })),
          ({ message }: Error) => /policy\.yaml:1:/.test(message) && message.includes(label),
        );
        assert.equal(policy.current().revision, revision);
      });

      if (clearedAs !== null) {
        test(`${member} is cleared by ${clearedAs}, told in the history, kept, rolled back and seeded`, async () => {
          const world = await opened;
          await rollBack(world, BASE);
          await apply(world, operation(set));
          const { revision } = world.domain.policy.current();
          const clear = Object.fromEntries(
            Object.entries(operation(forgetful)).map(([of, values]) => [
              of,
              { ...(values as Values), clear: [clearedAs] },
            ]),
          );
          const made = await apply(world, clear);
          assert.equal(made.changes.length, 1);
          assert.match(made.changes[0]?.summary ?? "", / -> none/);
          const wanted = written(noun, { ...set, [member]: unsaid });
          assert.deepEqual(part((await read(world, noun, wanted)).row, wanted), wanted);
          await assertKept(world, revision);
          await rollBack(world, revision);
          const { policy } = world.domain;
          const seed = (files: Files) => applySeed(files, { policy, reason: "seeding" });
          assert.equal((await seeding([clear], seed)).changes.length, 1);
          assert.deepEqual(part((await read(world, noun, wanted)).row, wanted), wanted);
          assert.deepEqual((await seeding([clear], seed)).changes, []);
        });
      } else if (!required)
        test(`${member} has a default, which is said to take it back`, async () => {
          const world = await opened;
          await rollBack(world, BASE);
          await apply(world, operation(set));
          await apply(world, operation({ ...set, [member]: unsaid }));
          const wanted = written(noun, { ...set, [member]: unsaid });
          assert.deepEqual(part((await read(world, noun, wanted)).row, wanted), wanted);
        });
    }
  });
}

test("no member of an API key is lost: made, read and revoked", async () => {
  const world = await openWorld();
  const subject = { type: "client", id: "ehr" };
  const input = {
    name: "EHR",
    roles: ["SERVICE"],
    subject,
    clientId: "ehr",
    assertRoles: [{ role: "nurse", organization: "*" }],
    until: "2028-01-01T00:00:00.000Z",
  };
  const OTHER_NAMES = { createdAt: "at", createdBy: "by", defaultClientId: "clientId", expiresAt: "until" } as const;
  const root = { callerId: "key:root", id: "key:root", type: null, name: "key:root" };
  const revoked = {
    ...input,
    subject: { ...subject, issuer: null },
    allRolesUntil: null,
    at: iso(NOW),
    by: root,
    reason: "go-live",
    lastUsedAt: iso(NOW + 7),
    revokedAt: iso(NOW),
    revokedBy: root,
    revocationReason: "lost",
  } satisfies {
    readonly [M in
      | Exclude<keyof ApiKey, "id" | keyof typeof OTHER_NAMES>
      | (typeof OTHER_NAMES)[keyof typeof OTHER_NAMES]]: unknown;
  };
  const fields = fieldsOf(world, "ApiKey", ["id", ...Object.keys(revoked)]);
  const made = await world.data(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input, reason: "go-live") { apiKey { ${fields} } } }`,
    { input },
  );
  const id = at(made, "createApiKey", "apiKey", "id");
  const fresh = { ...revoked, lastUsedAt: null, revokedAt: null, revokedBy: null, revocationReason: null };
  assert.deepEqual(at(made, "createApiKey", "apiKey"), { id, ...fresh });
  const list = async () => at(await world.data(`{ apiKeys { edges { node { ${fields} } } } }`), "apiKeys", "edges");
  assert.deepEqual(await list(), [{ node: { id, ...fresh } }]);
  const { secretHash } = (await world.storage.apiKeys.find(String(id))) ?? {};
  assert.match(String(secretHash), /^[0-9a-f]{64}$/);
  await world.storage.apiKeys.noteUses(new Map([[String(id), NOW + 7]]));
  await world.data(`mutation { revokeApiKey(id: "${id}", reason: "lost") { apiKey { id } } }`);
  assert.deepEqual(await list(), [{ node: { id, ...revoked } }]);
});
