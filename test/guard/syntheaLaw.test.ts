// What comes out of the guard is what one decision for each resource lets out, and what may not be seen changes nothing: on data that a generator made.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type Client, createClient } from "../../clients/node/src/client.ts";
import { attributesOf } from "../../clients/node/src/fhir/fhir.ts";
import { LONG } from "../support/budget.ts";
import type { FhirResource } from "./fhirServer.ts";
import { AUDIENCE, type GuardWorld, HL7, labelled, NORMAL, RESTRICTED, startGuardWorld } from "./guardWorld.ts";
import { type Asking, current, naive, pagesOf } from "./naiveFilter.ts";

/** By its place in the file, so that each type has each label. */
const LABELS = [NORMAL, NORMAL, RESTRICTED, NORMAL, null];

function sample(): readonly FhirResource[] {
  const lines = readFileSync("test/guard/synthea/patients.ndjson", "utf8").trim().split("\n");
  const types = new Map(lines.map((line) => JSON.parse(line)).map(({ id, resourceType }) => [id, resourceType]));
  return lines.map((line, i) => {
    // As a server writes it once it has them all (R4, section 3.1.0.11.2).
    const text = line.replaceAll(/"urn:uuid:([^"]+)"/g, (all, id) =>
      types.has(id) ? `"${types.get(id)}/${id}"` : all,
    );
    const resource = JSON.parse(text) as FhirResource & { readonly meta?: object };
    const label = LABELS[i % LABELS.length] ?? null;
    return label === null ? resource : { ...resource, meta: { ...resource.meta, ...labelled(label).meta } };
  });
}

const SAMPLE = sample();
const TYPES = [...new Set(SAMPLE.map(({ resourceType }) => resourceType))].sort();
const [open = "", refused = "", guarded = "", noLab = ""] = SAMPLE.filter(
  ({ resourceType }) => resourceType === "Patient",
).map(({ id }) => id);

let world: GuardWorld;
let client: Client;
before(async () => {
  world = await startGuardWorld(SAMPLE);
  for (const consent of [
    { patient: refused, effect: "DENY" },
    { patient: guarded, effect: "DENY", labels: ["R"] },
    { patient: noLab, effect: "DENY", resourceTypes: ["Observation", "DiagnosticReport"] },
  ]) {
    const { body } = await world.service.ask(
      "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { id } }",
      { variables: { input: { ...consent, source: { kind: "PAPER" }, reason: "test" } } },
    );
    assert.equal(body.errors, undefined, JSON.stringify(body));
  }
  const { key } = await world.service.createKey("SERVICE");
  client = createClient({ url: world.service.url, key, timeoutMs: 60_000 });
});
after(() => world.close());

const nurse = (scope: string, clientId = "ward-app"): Asking => ({
  claims: { client_id: clientId, scope },
  asker: { clientId, scopes: scope.split(" "), subject: { id: "nora" }, purposeOfUse: "TREAT" },
});
const portal = (patient: string): Asking => ({
  claims: { sub: "p", client_id: "portal", scope: "patient/*.rs", patient, fhirUser: `Patient/${patient}` },
  asker: {
    ...{ clientId: "portal", scopes: ["patient/*.rs"], context: { patient } },
    subject: { id: "p@portal", attributes: { fhirUser: [`Patient/${patient}`] } },
  },
});
const ASKING: readonly Asking[] = [
  nurse("user/*.cruds"),
  nurse("user/Observation.rs user/Encounter.rs"),
  nurse(`user/Patient.rs user/Observation.rs?category=${HL7}observation-category|vital-signs`),
  nurse("user/Observation.rs", "lab-app"),
  {
    claims: { sub: "night-job", client_id: "night-job", scope: "system/*.rs" },
    asker: { clientId: "night-job", scopes: ["system/*.rs"], purposeOfUse: "TREAT" },
  },
  portal(open),
  portal(guarded),
  {
    claims: { sub: "a-stranger" },
    asker: { clientId: "ward-app", scopes: ["user/*.cruds"], subject: { id: "stranger" }, purposeOfUse: "TREAT" },
  },
];
const COUNTS = [1, 2, 50];
/** In `npm test` one of them for each, by turns. */
const countsOf = (turn: number): readonly number[] => (LONG ? COUNTS : COUNTS.slice(turn % 3, (turn % 3) + 1));

interface Including {
  readonly type: string;
  readonly includes: readonly string[];
  readonly revIncludes: readonly (readonly [type: string, parameter: string])[];
}
const INCLUDING: readonly Including[] = [
  { type: "Encounter", includes: ["subject", "participant"], revIncludes: [["Observation", "encounter"]] },
  { type: "DiagnosticReport", includes: ["result", "subject"], revIncludes: [] },
  {
    type: "Patient",
    includes: [],
    revIncludes: [
      ["Condition", "subject"],
      ["Claim", "patient"],
    ],
  },
];

test("a filtered search is one decision for each resource, whatever its pages", async () => {
  let [out, held] = [0, 0];
  for (const [a, asking] of ASKING.entries()) {
    const token = await world.token(asking.claims);
    const may = await naive(asking, world, client);
    out += may.size;
    held += SAMPLE.length - may.size;
    for (const [t, type] of TYPES.entries())
      for (const count of countsOf(a + t)) {
        const pages = await pagesOf(`${type}?_count=${count}`, token, world);
        const names = pages.flat().map(({ name }) => name);
        const expected = [...may].filter((name) => name.startsWith(`${type}/`)).sort();
        assert.deepEqual([...names].sort(), expected, `${JSON.stringify(asking.claims)} ${type} ${count}`);
        // Full but for the last one, which is not empty unless it is the only one.
        for (const [i, page] of pages.entries())
          assert.ok(i === pages.length - 1 ? page.length > 0 || i === 0 : page.length === count, `${type} ${count}`);
      }
  }
  assert.ok(out > 100 && held > 100, `${out} ${held}`);
});

test("an include brings what one decision lets out of what goes out", async () => {
  let brought = 0;
  const options = { base: world.upstream.url };
  const all = new Map(current(world.upstream).map((each) => [`${each.resourceType}/${each.id}`, each]));
  const referred = (name: string, parameter: string): readonly string[] =>
    attributesOf(all.get(name) ?? {}, options).attributes[parameter] ?? [];
  for (const [a, asking] of ASKING.entries()) {
    const token = await world.token(asking.claims);
    const may = await naive(asking, world, client);
    for (const [t, { includes, revIncludes, type }] of INCLUDING.entries())
      for (const count of countsOf(a + t)) {
        const query = [
          `_count=${count}`,
          ...includes.map((each) => `_include=${type}:${each}`),
          ...revIncludes.map(([other, each]) => `_revinclude=${other}:${each}`),
        ].join("&");
        const searchable = new Set<string>();
        for (const [other] of revIncludes)
          if ((await world.get(`${other}?_count=1`, token)).status === 200) searchable.add(other);
        for (const page of await pagesOf(`${type}?${query}`, token, world)) {
          const matches = page.filter(({ mode }) => mode === "match").map(({ name }) => name);
          const wanted = [
            ...matches.flatMap((name) => includes.flatMap((parameter) => referred(name, parameter))),
            ...revIncludes.flatMap(([other, parameter]) =>
              searchable.has(other)
                ? [...all.keys()].filter(
                    (name) =>
                      name.startsWith(`${other}/`) && referred(name, parameter).some((each) => matches.includes(each)),
                  )
                : [],
            ),
          ];
          const expected = [...new Set(wanted)].filter((name) => may.has(name)).sort();
          const included = page.filter(({ mode }) => mode === "include").map(({ name }) => name);
          assert.deepEqual([...included].sort(), expected, `${JSON.stringify(asking.claims)} ${type}?${query}`);
          brought += included.length;
        }
      }
  }
  assert.ok(brought > 100, String(brought));
});

/** All pages of a search as they were sent, without what is drawn for each link: of that, how long it is. */
async function heard(path: string, token: string): Promise<string> {
  const pages: unknown[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { body, headers, status, text } = await world.get(next, token);
    const said = [...headers].filter(([name]) => name !== "date");
    pages.push([status, said, text.replaceAll(/_page=[\w-]+/g, (link) => `_page=${link.length}`)]);
    const link = body.link?.find(({ relation }: { readonly relation: string }) => relation === "next");
    next = link?.url.slice(AUDIENCE.length + 1);
  }
  return JSON.stringify(pages, null, 1);
}

const of = (patient: string) => SAMPLE.filter((each) => JSON.stringify(each).includes(patient));
const twin = (resource: FhirResource, front: string): FhirResource =>
  resource.resourceType === "Patient" ? resource : { ...resource, id: `${front}${resource.id.slice(2)}` };
const restricted = (resource: FhirResource): FhirResource => ({
  ...resource,
  meta: { ...(resource.meta as object | undefined), ...labelled(RESTRICTED).meta },
});
/** What nobody who asks below may see: before, between and behind what they may, in their order. */
const HIDDEN: readonly (readonly FhirResource[])[] = [
  [],
  of(refused),
  [...of(refused), ...of(refused).map((each) => twin(each, "00"))],
  [...of(refused).map((each) => twin(each, "zz")), ...of(guarded).map((each) => twin(restricted(each), "7f"))],
];
const QUERIES = [
  ...TYPES,
  ...["Observation?_sort=-date", "Observation?category=laboratory", "Condition?clinical-status=resolved"],
  ...[`Observation?patient=${refused}`, `Encounter?subject=Patient/${guarded}`, "Observation?value-quantity=gt50"],
  ...[
    "Encounter?_include=Encounter:subject&_revinclude=Observation:encounter",
    "DiagnosticReport?_include=DiagnosticReport:result",
  ],
  "Patient?_revinclude=Condition:subject&_revinclude=Observation:subject",
];

test("what may not be seen changes no byte of any page", async () => {
  const asking = ASKING.filter(({ claims }) => claims.patient !== guarded);
  const tried = asking.flatMap((each, a) =>
    QUERIES.flatMap((query, q) =>
      (LONG || q % 3 === a % 3 ? countsOf(a + q) : []).map((count) => ({ each, query, count })),
    ),
  );
  const answers = new Map<string, string>();
  for (const { id, resourceType } of of(refused)) world.upstream.store.delete(`${resourceType}/${id}`);
  for (const hidden of HIDDEN) {
    const before = new Set(world.upstream.store.keys());
    for (const each of hidden) world.upstream.put(each);
    for (const { count, each, query } of tried) {
      const path = `${query}${query.includes("?") ? "&" : "?"}_count=${count}`;
      const name = `${JSON.stringify(each.claims)} ${path}`;
      const answer = await heard(path, await world.token(each.claims));
      // Without the two texts, which are long.
      assert.ok(answer === (answers.get(name) ?? answer), name);
      answers.set(name, answer);
    }
    for (const name of [...world.upstream.store.keys()]) if (!before.has(name)) world.upstream.store.delete(name);
  }
  for (const each of of(refused)) world.upstream.put(each);
});
