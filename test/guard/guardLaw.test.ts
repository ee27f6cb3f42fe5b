// What comes out of the guard is what one decision for each resource of the whole store would let out; and what may not be seen changes nothing in it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { type Client, createClient } from "../../clients/node/src/client.ts";
import { runs } from "../support/budget.ts";
import type { FhirResource } from "./fhirServer.ts";
import { type GuardWorld, HL7, LOINC, labelled, NORMAL, RESOURCES, RESTRICTED, startGuardWorld } from "./guardWorld.ts";
import { type Asking, current, naive, pagesOf } from "./naiveFilter.ts";

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const PATIENTS = ["ann", "bob", "eve", "zoe"];
const observation = fc.record({
  of: pick(...PATIENTS),
  label: pick(NORMAL, NORMAL, RESTRICTED, null),
  category: pick("laboratory", "vital-signs"),
  code: pick("8302-2", "4548-4"),
  value: pick(150, 171, 190),
  subject: pick("relative", "absolute", "words"),
  performer: pick("Practitioner/paul", "Practitioner/paula", null),
});
type Drawn = typeof observation extends fc.Arbitrary<infer Value> ? Value : never;

function made(id: string, { category, code, label, of, performer, subject, value }: Drawn, base: string): FhirResource {
  const reference = subject === "relative" ? `Patient/${of}` : `${base}/Patient/${of}`;
  return {
    resourceType: "Observation",
    id,
    ...(label !== null && labelled(label)),
    status: "final",
    category: [{ coding: [{ system: `${HL7}observation-category`, code: category }] }],
    code: { coding: [{ system: LOINC, code }] },
    subject: subject === "words" ? { display: of } : { reference },
    ...(performer !== null && { performer: [{ reference: performer }] }),
    valueQuantity: { value, unit: "cm" },
  };
}

let world: GuardWorld;
let client: Client;
before(async () => {
  world = await startGuardWorld(
    RESOURCES.filter((each) => typeof each !== "string" && !["Observation"].includes(each.resourceType)),
  );
  const base = world.upstream.url;
  for (const [i, drawn] of fc.sample(observation, runs(60)).entries()) world.upstream.put(made(`o${i}`, drawn, base));
  world.upstream.put({ resourceType: "Practitioner", id: "paula", ...labelled(RESTRICTED), name: [{ family: "P" }] });
  client = createClient({
    url: world.service.url,
    key: (await world.service.createKey("SERVICE")).key,
    timeoutMs: 60_000,
  });
});
after(() => world.close());

/** Who may ask, as the naive filter asks for them. */
const ASKERS: readonly Asking[] = [
  {
    claims: {},
    asker: { clientId: "ward-app", scopes: ["user/*.cruds"], subject: { id: "nora" }, purposeOfUse: "TREAT" },
  },
  {
    claims: { scope: "user/Observation.rs" },
    asker: { clientId: "ward-app", scopes: ["user/Observation.rs"], subject: { id: "nora" }, purposeOfUse: "TREAT" },
  },
  {
    claims: { client_id: "lab-app", scope: "user/Observation.rs" },
    asker: { clientId: "lab-app", scopes: ["user/Observation.rs"], subject: { id: "nora" }, purposeOfUse: "TREAT" },
  },
  {
    claims: { sub: "night-job", client_id: "night-job", scope: "system/*.rs" },
    asker: { clientId: "night-job", scopes: ["system/*.rs"], purposeOfUse: "TREAT" },
  },
  {
    claims: { sub: "p", client_id: "portal", scope: "patient/*.rs", patient: "bob", fhirUser: "Patient/bob" },
    asker: {
      clientId: "portal",
      scopes: ["patient/*.rs"],
      subject: { id: "p@portal", attributes: { fhirUser: ["Patient/bob"] } },
      context: { patient: "bob" },
    },
  },
  {
    claims: { sub: "a-stranger" },
    asker: { clientId: "ward-app", scopes: ["user/*.cruds"], subject: { id: "stranger" }, purposeOfUse: "TREAT" },
  },
];

const namesOn = async (path: string, token: string): Promise<readonly string[]> =>
  (await pagesOf(path, token, world)).flat().map(({ name }) => name);

describe("what comes out is what one decision for each resource lets out", () => {
  test("by reads, searches, pages and includes", async () => {
    let [out, held] = [0, 0];
    for (const { asker, claims } of ASKERS) {
      const token = await world.token(claims);
      const may = await naive({ asker }, world, client);
      for (const { id, resourceType } of current(world.upstream)) {
        const name = `${resourceType}/${id}`;
        const { status } = await world.get(name, token);
        assert.equal(status, may.has(name) ? 200 : 404, `${JSON.stringify(claims)} ${name}`);
        if (may.has(name)) out++;
        else held++;
      }
      for (const count of [1, 3, 50]) {
        const expected = [...may].filter((name) => name.startsWith("Observation/")).sort();
        const found = await namesOn(`Observation?_count=${count}`, token);
        assert.deepEqual([...found].sort(), expected, `${JSON.stringify(claims)} ${count}`);
      }
      for (const query of [
        "_include=Observation:performer",
        "_include=Observation:subject:Patient",
        "_include=Observation:subject",
      ])
        for (const name of await namesOn(`Observation?${query}`, token)) assert.ok(may.has(name), `${query} ${name}`);
      for (const name of await namesOn(
        "Patient?_revinclude=Observation:subject&_revinclude=Observation:patient",
        token,
      ))
        assert.ok(may.has(name), name);
    }
    assert.ok(out > 10 && held > 10, `${out} ${held}`);
  });
});

describe("what may not be seen changes nothing", () => {
  const QUERIES = [
    ...[
      "value-quantity=gt170",
      "value-quantity=gt180",
      "value-quantity=lt160",
      "code=4548-4",
      "category=laboratory",
      "category:not=laboratory",
    ],
    ...[
      "performer=Practitioner/paul",
      "performer:missing=true",
      "_security=R",
      "_id=secret0,secret1,o0",
      "_sort=code",
      "_sort=-value-quantity",
    ],
    ...[
      "_include=Observation:performer",
      "_include=Observation:subject",
      "patient=eve",
      "subject=Patient/eve",
      "patient=bob",
      "_count=50",
    ],
  ];
  /** All that the guard answers, without what is drawn for each link. */
  async function answers(token: string): Promise<readonly string[]> {
    const texts: string[] = [];
    for (const query of QUERIES) {
      const { headers, status, text } = await world.get(
        `Observation?_count=50&${query}`.replace("_count=50&_count=50", "_count=50"),
        token,
      );
      const { date: _, ...rest } = Object.fromEntries(headers);
      texts.push(JSON.stringify([query, status, rest, text]));
    }
    for (const path of [
      "Patient?_revinclude=Observation:subject",
      "Observation/secret0",
      "Observation/secret1",
      "Observation/secret0/_history/1",
    ]) {
      const { headers, status, text } = await world.get(path, token);
      const { date: _, ...rest } = Object.fromEntries(headers);
      texts.push(JSON.stringify([path, status, rest, text]));
    }
    return texts;
  }

  test("of an answer, byte for byte", async () => {
    const secret = (i: number, of: string, label: object, value: number) =>
      made(
        `secret${i}`,
        {
          of,
          label: label as Drawn["label"],
          category: "laboratory",
          code: "4548-4",
          value,
          subject: "relative",
          performer: "Practitioner/paul",
        },
        world.upstream.url,
      );
    const stores: readonly (readonly FhirResource[])[] = [
      [],
      [secret(0, "eve", NORMAL, 171)],
      [secret(0, "eve", NORMAL, 190), secret(1, "bob", RESTRICTED, 190)],
      [secret(0, "eve", RESTRICTED, 150), secret(1, "eve", NORMAL, 999), secret(2, "bob", RESTRICTED, 150)],
    ];
    for (const { claims } of ASKERS.filter((each) => each.asker.clientId !== "portal")) {
      const token = await world.token(claims);
      const seen: (readonly string[])[] = [];
      for (const store of stores) {
        for (const resource of store) world.upstream.put(resource);
        seen.push(await answers(token));
        for (const { id } of store) world.upstream.store.delete(`Observation/${id}`);
      }
      for (const [i, other] of seen.entries()) assert.deepEqual(other, seen[0], `${JSON.stringify(claims)} store ${i}`);
    }
  });
});
