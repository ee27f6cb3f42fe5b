import fc from "fast-check";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { DEFAULT_INPUT_LIMITS } from "../../src/domain/decisions/inputReader.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import { NO_TURNS } from "../../src/domain/kernel/turns.ts";
import { atomsOf } from "../../src/domain/scopes/atom.ts";
import type { WhoCanInput, WhoCanMatch } from "../../src/domain/simulation/search/whoCan.ts";
import { readWhoCan, whoCan } from "../../src/domain/simulation/search/whoCan.ts";
import { CONDITIONS, policies, type Rows, requests, snapshotFrom } from "./policies.ts";

/** Some who hold no role, and what is known of those who do. */
const entities: fc.Arbitrary<NewEntity[]> = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom("user", "user", "device", "Observation"),
    id: fc.constantFrom("p1", "p2", "p3", "x", "c1"),
    properties: fc.constantFrom(null, {}, { organization: "o1" }, { name: "somebody", level: 4 }),
  }),
  { selector: ({ type, id }) => `${type} ${id}`, maxLength: 8 },
);

export interface World {
  readonly rows: Rows;
  readonly entities: readonly NewEntity[];
  readonly facts: Pick<DecideFacts, "directory" | "snapshot">;
}
const NOTHING = { title: null, description: null, translations: [], justification: null, obligations: [] };
const LIFE = { deprecatedAt: null, sunsetAt: null, replacedBy: null, retiredAt: null };

/** A scope that every client is granted, and rules on it that ask for something: without it few results come about. */
function generous(rows: Rows, conditions: readonly string[]): Rows {
  const declarations = [{ context: "ANY" as const, resourceType: "*", actions: ["read", "search"], constraint: null }];
  const atoms = atomsOf(declarations);
  if (!atoms.ok) throw new Error(atoms.message);
  const scope = { ...NOTHING, ...LIFE, name: "s9", version: 1, state: "ACTIVE", requiresConsent: false } as const;
  const open = { ...NOTHING, scope: "s9", action: "*", resourceType: "*", effect: "ALLOW" } as const;
  return {
    ...rows,
    scopes: [...rows.scopes, { ...scope, declarations, atoms: atoms.value }],
    grants: [
      ...rows.grants,
      ...rows.clients.map(({ id }) => ({ clientId: id, scope: "s9", validFrom: null, validUntil: null })),
    ],
    rules: [
      ...rows.rules,
      ...conditions.map((when, i) => ({ ...open, id: `generous-${i}`, role: i % 2 === 0 ? "r5" : "*", when })),
    ],
  };
}

const conditions = fc.array(fc.constantFrom(...CONDITIONS.keys()), { minLength: 1, maxLength: 2 });

export const worlds: fc.Arbitrary<World> = fc.tuple(policies, conditions, entities).map(([some, when, known]) => {
  const rows = generous(some, when);
  const directory = directoryOf(
    known.map((entity) => ({ ...entity, version: 1 })),
    1,
  );
  return { rows, entities: known, facts: { snapshot: snapshotFrom(rows), directory } };
});

/** A generated request as a question who can do it. */
const questions: fc.Arbitrary<WhoCanInput> = requests.map(({ action, context, purposeOfUse, resource }) => ({
  action,
  context,
  purposeOfUse,
  resource,
}));

/** A world and a question that is turned towards what one of its rules allows: few others get that far. */
export const asked: fc.Arbitrary<{ readonly world: World; readonly input: WhoCanInput }> = fc
  .tuple(worlds, questions, fc.nat({ max: 60 }))
  .map(([world, input, n]) => {
    const rules = world.rows.rules.filter(({ effect }) => effect === "ALLOW");
    const rule = n % 4 === 0 ? undefined : rules[n % Math.max(1, rules.length)];
    if (rule === undefined) return { world, input };
    const action = rule.action === "*" ? "read" : rule.action;
    const type = rule.resourceType === "*" ? "Observation" : rule.resourceType;
    const organization = n % 3 === 0 ? input.resource.organization : "o1";
    const purposeOfUse = n % 2 === 0 ? null : input.purposeOfUse;
    return { world, input: { ...input, action, purposeOfUse, resource: { ...input.resource, type, organization } } };
  });

export interface Asker {
  readonly clientId: string;
  readonly subject: { readonly type: string; readonly id: string } | null;
}

/** Everybody who is known, found anew: each client itself, then its subjects. */
export function everybody({ rows, entities: known }: World): Asker[] {
  const holders = rows.assignments.flatMap(({ subjectId, subjectType }) =>
    subjectId === null || subjectType === null ? [] : [{ type: subjectType, id: subjectId }],
  );
  const types = new Set(["user", ...holders.map(({ type }) => type)]);
  const registered = known.filter(({ type }) => types.has(type)).map(({ type, id }) => ({ type, id }));
  const subjects = [
    ...new Map([...holders, ...registered].map((each) => [JSON.stringify([each.type, each.id]), each])).values(),
  ];
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  subjects.sort((a, b) => order(a.type, b.type) || order(a.id, b.id));
  const clients = [...new Set(rows.clients.map(({ id }) => id))].sort();
  return clients.flatMap((clientId) => [
    { clientId, subject: null },
    ...subjects
      .filter(({ id, type }) => !(id === clientId && type === "user"))
      .map((subject) => ({ clientId, subject })),
  ]);
}

export const requestOf = (template: AccessRequest, { clientId, subject }: Asker): AccessRequest => ({
  ...template,
  clientId,
  subject: subject && { ...subject, organization: null, roles: null, attributes: null },
});

/** All pages, each with so many results and so much work. */
export async function allMatches(
  facts: DecideFacts,
  input: WhoCanInput,
  { first, work }: { readonly first: number; readonly work: number },
): Promise<WhoCanMatch[]> {
  const template = readWhoCan(input, DEFAULT_INPUT_LIMITS);
  const narrowed = { clientId: input.clientId ?? null, subjectType: input.subjectType ?? null };
  const matches: WhoCanMatch[] = [];
  const deps = { facts, isPast: false, breathe: () => Promise.resolve(), turns: NO_TURNS };
  for (let place: Awaited<ReturnType<typeof whoCan>>["next"] = null; ; ) {
    const page = await whoCan(deps, template, { first, place, narrowed, work });
    matches.push(...page.matches);
    if (page.matches.length > first) throw new Error("the page is longer than was asked");
    if (page.next === null) return matches;
    place = page.next;
  }
}

const LABELS = [["R"], ["N"], ["R", "N"]] as const;
const VALUES = { date: "2020-05-01", "value-quantity": "4|u|mg", "value-string": "caf", subject: "Patient/p1" };
const ATTRIBUTES = ["a", "b", "c", ["a", "b"], "z"].flatMap((category) => [
  { ...VALUES, category, level: 5 },
  { category, level: 2 },
]);

/** What a request may be, of the generators' small world, that says no less than it. */
export function* completions(request: AccessRequest): Generator<AccessRequest> {
  const { context, purposeOfUse, resource } = request;
  const nothing = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };
  const contexts =
    (context?.patient ?? null) !== null
      ? [context]
      : [context, ...["p1", "p2"].map((patient) => ({ ...(context ?? nothing), patient }))];
  for (const inContext of contexts)
    for (const purpose of purposeOfUse === null ? ([null, "TREAT", "HRESCH"] as const) : [purposeOfUse])
      for (const labels of resource.labels === null ? [null, ...LABELS] : [resource.labels])
        for (const attributes of [
          resource.attributes,
          ...ATTRIBUTES.map((more) => ({ ...more, ...resource.attributes })),
        ])
          yield {
            ...request,
            context: inContext,
            purposeOfUse: purpose,
            resource: { ...resource, labels, attributes },
          };
}
