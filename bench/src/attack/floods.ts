/** Requests that are dear for their size, one function a kind. Those with a counter differ each time, so that nothing is remembered. */

export interface Attack {
  readonly path: string;
  /** Bytes of a request are those of its body. */
  readonly body: string;
}
export interface Flood {
  readonly name: string;
  /** The decisions that one request asks for. */
  readonly decisions: number;
  readonly request: (n: number) => Attack;
}

const TYPES =
  "Observation Condition Encounter Procedure Patient Immunization Goal CarePlan Coverage Claim Task Group List".split(
    " ",
  );
const MORE_TYPES =
  "Account Basic Binary Device Endpoint Flag Library Linkage Location Media Person Schedule Slot".split(" ");
const LETTERS = ["c", "r", "u", "d", "s", "cr", "cu", "cd", "cs", "ru", "rd", "rs", "ud", "us", "ds", "crud", "cruds"];

/** SMART scopes that differ from each other, short ones first. */
function smartScopes(count: number, suffix = "", types: readonly string[] = TYPES): string[] {
  const all: string[] = [];
  for (const context of ["user", "patient", "system"])
    for (const letters of LETTERS) for (const type of types) all.push(`${context}/${type}.${letters}${suffix}`);
  return all.slice(0, count);
}

/** So many that differ, the shortest first: the record of a decision has room for them. */
const shortScopes = (count: number): string[] =>
  smartScopes(10_000, "", [...TYPES, ...MORE_TYPES])
    .sort((a, b) => a.length - b.length)
    .slice(0, count);

const subject = { type: "user", id: "mia" };
const resource = { type: "Observation", id: "o1", properties: { patient: "ada", organization: "general-hospital" } };
const evaluations = (n: number, context: object): string =>
  JSON.stringify({
    subject,
    action: { name: "read" },
    resource,
    context: { client_id: "ehr", purpose_of_use: "TREAT", ...context },
    evaluations: Array.from({ length: n }, () => ({})),
  });

const input = (more: object) => ({
  clientId: "ehr",
  subject: { id: "mia" },
  action: "read",
  resource: { type: "Observation", id: "o1", patient: "ada", organization: "general-hospital" },
  purposeOfUse: "TREAT",
  ...more,
});
const graphql = (query: string, variables: object = {}): Attack => ({
  path: "/graphql",
  body: JSON.stringify({ query, variables }),
});
const aliased = (n: number, count: number): string =>
  `query($i: AuthorizeInput!) { ${Array.from({ length: count }, (_, i) => `a${n}_${i}: authorize(input: $i) { id }`).join(" ")} }`;

/** About `bytes` of attributes that nothing looks at. */
const attributes = (bytes: number) => ({ text: Array.from({ length: Math.floor(bytes / 12) }, () => "xxxxxxxxx") });

const SCOPES_256 = smartScopes(256);
const EVALUATIONS = "/access/v1/evaluations";

export const FLOODS: readonly Flood[] = [
  {
    name: "AuthZEN, 256 scopes for 100 {}",
    decisions: 100,
    request: () => ({ path: EVALUATIONS, body: evaluations(100, { scopes: SCOPES_256 }) }),
  },
  {
    name: "AuthZEN, 85 scopes for 100 {}",
    decisions: 100,
    request: () => ({ path: EVALUATIONS, body: evaluations(100, { scopes: SCOPES_256.slice(0, 85) }) }),
  },
  {
    name: "AuthZEN, 256 unknown scopes for 100 {}",
    decisions: 100,
    request: (n) => ({
      path: EVALUATIONS,
      body: evaluations(100, { scopes: Array.from({ length: 256 }, (_, i) => `v${n % 100}${i.toString(36)}`) }),
    }),
  },
  {
    name: "AuthZEN, 15 kB of context for 100 {}",
    decisions: 100,
    request: () => ({ path: EVALUATIONS, body: evaluations(100, attributes(15_000)) }),
  },
  {
    name: "AuthZEN, 1.3 kB of context for 100 {}",
    decisions: 100,
    request: () => ({ path: EVALUATIONS, body: evaluations(100, attributes(1_300)) }),
  },
  {
    name: "AuthZEN, first permit of 100, 85 scopes",
    decisions: 100,
    request: () => ({
      path: EVALUATIONS,
      body: JSON.stringify({
        ...(JSON.parse(
          evaluations(100, { scopes: smartScopes(85).map((scope) => scope.replace("Observation", "Slot")) }),
        ) as object),
        options: { evaluations_semantic: "permit_on_first_permit", explain: true },
      }),
    }),
  },
  {
    name: "AuthZEN, search with 256 scopes",
    decisions: 0,
    request: () => ({
      path: "/access/v1/search/subject",
      body: JSON.stringify({
        subject: { type: "user" },
        action: { name: "read" },
        resource,
        context: { client_id: "ehr", purpose_of_use: "TREAT", scopes: SCOPES_256 },
        page: { limit: 1000 },
      }),
    }),
  },
  {
    name: "GraphQL, 80 aliases of 40 kB",
    decisions: 80,
    request: (n) =>
      graphql(aliased(n, 80), {
        i: input({
          context: { attributes: attributes(14_000) },
          subject: { id: "mia", attributes: attributes(14_000) },
        }),
      }),
  },
  {
    name: "GraphQL, 80 aliases of 2 kB",
    decisions: 80,
    request: (n) => graphql(aliased(n, 80), { i: input({ scopes: smartScopes(85) }) }),
  },
  {
    name: "GraphQL, batch of 100 with 18 scopes each",
    decisions: 100,
    request: () =>
      graphql("query($i: [AuthorizeInput!]!) { authorizeBatch(inputs: $i) { summary reasons { message } } }", {
        i: Array.from({ length: 100 }, () => input({ scopes: smartScopes(12) })),
      }),
  },
  {
    name: "GraphQL, one decision of 45 kB",
    decisions: 1,
    request: () =>
      graphql("query($i: AuthorizeInput!) { authorize(input: $i) { summary } }", {
        i: input({
          context: { attributes: attributes(14_000) },
          subject: { id: "mia", attributes: attributes(14_000) },
          scopes: smartScopes(256, "?category=a"),
        }),
      }),
  },
  {
    name: "GraphQL, 1,000 scopes in one decision",
    decisions: 1,
    request: () =>
      graphql("query($i: AuthorizeInput!) { authorize(input: $i) { summary } }", {
        i: input({ scopes: shortScopes(1_000) }),
      }),
  },
  {
    name: "GraphQL, 850 scopes that nobody has sent before",
    decisions: 1,
    request: (n) =>
      graphql("query($i: AuthorizeInput!) { authorize(input: $i) { summary } }", {
        i: input({
          scopes: Array.from(
            { length: 850 },
            (_, i) => `patient/Observation.rs?category=${n.toString(36)}_${i.toString(36)}`,
          ),
        }),
      }),
  },
  {
    name: "GraphQL, 990 times one field",
    decisions: 0,
    request: (n) => graphql(`query A${n} { ${"__typename ".repeat(990)} }`),
  },
  {
    name: "GraphQL, fragments in fragments",
    decisions: 0,
    request: (n) => {
      const fields = Array.from({ length: 40 }, (_, i) => `f${i}: outcome`).join(" ");
      const spreads = (i: number): string =>
        `fragment F${i} on Decision { ...F${i + 1} ...F${i + 1} ${i % 3 === 0 ? "id" : "kind"} }`;
      return graphql(
        `query A${n} { decision(id: "x") { ...F0 ...F1 ...F2 } } ${Array.from({ length: 40 }, (_, i) => spreads(i)).join(" ")} fragment F40 on Decision { ${fields} }`,
      );
    },
  },
  {
    name: "Token, 150 scopes over all types",
    decisions: 1,
    request: () => ({
      path: "/access/v1/grant",
      body: JSON.stringify({
        client_id: "ehr",
        subject: { id: "mia" },
        scopes: smartScopes(600, "")
          .filter((_, i) => i % 4 === 0)
          .map((scope, i) => (i % 2 === 0 ? `${scope.replace(/\/\w+\./, "/*.")}?_tag=${i}` : scope)),
        held_scopes: SCOPES_256,
      }),
    }),
  },
];
