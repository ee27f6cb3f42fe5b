// Roads by which a guard before a FHIR server is known to leak.
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import type { Client } from "../../clients/node/src/client.ts";
import type { Holder } from "../../guard/src/holder.ts";
import { asResource, type Resource } from "../../guard/src/json.ts";
import { Refused } from "../../guard/src/outcome.ts";
import { release } from "../../guard/src/release.ts";
import { request } from "../http/support.ts";
import { SECRET } from "./fhirServer.ts";
import { type GuardWorld, labelled, NORMAL, observation, RESTRICTED, startGuardWorld } from "./guardWorld.ts";

let world: GuardWorld;
let nora: string;
before(async () => {
  world = await startGuardWorld();
  nora = await world.token();
});
after(() => world.close());

type Entry = {
  readonly resource: { readonly resourceType: string; readonly id: string };
  readonly search: { readonly mode: string };
};
async function searched(path: string, token = nora) {
  const { body, status, text } = await world.get(path, token);
  assert.equal(status, 200, text);
  const names = (body.entry as readonly Entry[])
    .filter(({ search }) => search.mode !== "outcome")
    .map(({ resource, search }) => `${search.mode === "include" ? "+" : ""}${resource.resourceType}/${resource.id}`);
  return { names: names.sort(), hasNext: body.link.some(({ relation }: { relation: string }) => relation === "next") };
}
/** With these in the store, and without them afterwards. */
async function holding<T>(resources: readonly Parameters<GuardWorld["upstream"]["put"]>[0][], what: () => Promise<T>) {
  const before = new Set(world.upstream.store.keys());
  for (const each of resources) world.upstream.put(each);
  try {
    return await what();
  } finally {
    for (const name of [...world.upstream.store.keys()]) if (!before.has(name)) world.upstream.store.delete(name);
  }
}

/** What has no path of its own through `fetch`: paths and headers as they are written here. */
function raw(method: string, path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(world.guard.url);
    const [hostname, port] = host.split(":");
    const sent = httpRequest({
      hostname,
      port,
      method,
      path,
      headers: { authorization: `Bearer ${nora}`, ...headers },
    });
    sent.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on("error", reject);
    sent.end();
  });
}
const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}, token = nora) =>
  world.get(path, token, {
    method,
    headers: { "content-type": "application/fhir+json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
/** All that an answer says, with how often the FHIR server was asked for it. */
async function heard(path: string, token = nora, init: RequestInit = {}): Promise<string> {
  const before = world.upstream.asked.length;
  const { headers, status, text } = await world.get(path, token, init);
  const said = [...headers].filter(([name]) => name !== "date");
  return JSON.stringify({ status, said, text, asked: world.upstream.asked.length - before });
}
/** One and the same is heard of each of them. @returns its status */
async function alike(paths: readonly string[], init: RequestInit = {}): Promise<number> {
  const answers = new Set<string>();
  for (const path of paths) answers.add(await heard(path, nora, init));
  assert.equal(answers.size, 1, [...answers].join("\n"));
  return (JSON.parse([...answers].join("")) as { status: number }).status;
}
/** Each is answered with this status, and the FHIR server is not asked. */
async function refused(status: number, paths: readonly string[], init: RequestInit = {}): Promise<void> {
  const asked = world.upstream.asked.length;
  for (const path of paths) assert.equal((await world.get(path, nora, init)).status, status, path);
  assert.equal(world.upstream.asked.length, asked, "the FHIR server was asked");
}
const stored = (name: string) => world.upstream.store.get(name)?.versions.length;
const secret = (value: number) =>
  observation("zz-hidden", "bob", { ...labelled(RESTRICTED), valueQuantity: { value } });
const asJson = { "content-type": "application/fhir+json" };

describe("a road by which data leak past a guard is closed:", () => {
  test("1, a read tells hidden from not there", async () => {
    const ids = ["eve-height", "bob-secret", "nobodys", "groups", "none"];
    assert.equal(await alike(ids.map((id) => `Observation/${id}`)), 404);
    for (const id of ids) {
      const { body } = await world.service.ask(
        "query($id: ID!) { decisions(filter: { resourceId: $id }, first: 1) { edges { node { id } } } }",
        { variables: { id } },
      );
      assert.equal(body.data?.decisions.edges.length, 1, `${id} is not on record`);
    }
  });

  test("2, an old version shows what is hidden by now, or was", async () => {
    const versions = [
      ...[observation("moved", "eve"), observation("moved", "ann")],
      ...[observation("gone", "ann"), observation("gone", "eve")],
    ];
    await holding(versions, async () => {
      assert.equal((await world.get("Observation/moved/_history/2", nora)).status, 200);
      const hidden = [
        "moved/_history/1",
        "gone/_history/1",
        "eve-lab/_history/1",
        "none/_history/1",
        "ann-lab/_history/9",
      ];
      assert.equal(await alike(hidden.map((path) => `Observation/${path}`)), 404);
    });
  });

  test("3, history lists what is hidden or deleted", () =>
    refused(404, [
      "_history",
      "Observation/_history",
      "Observation/ann-lab/_history",
      "Observation/_history?_since=2020",
    ]));

  test("4, totals count what is hidden", async () => {
    const { body } = await world.get("Observation?_count=1", nora);
    assert.equal(body.total, undefined);
    await refused(
      400,
      ["_summary=count", "_total=accurate", "_count=0"].map((each) => `Observation?${each}`),
    );
  });

  test("5, an include brings what is hidden", async () => {
    const open = observation("open", "ann", {
      performer: [{ reference: "Patient/eve" }, { reference: "Patient/bob" }],
    });
    const { names } = await holding([open], () => searched("Observation?_id=open&_include=Observation:performer"));
    assert.deepEqual(names, ["+Patient/bob", "Observation/open"]);
    await refused(
      400,
      ["_include=*", "_include:iterate=Observation:subject"].map((each) => `Observation?${each}`),
    );
  });

  test("6, a reverse include brings what is hidden", async () => {
    const query = "Patient?_id=bob&_revinclude=Observation:subject";
    assert.deepEqual((await searched(query)).names, ["+Observation/bob-height", "+Observation/bob-lab", "Patient/bob"]);
    const narrow = await world.token({ scope: "user/Patient.rs user/Observation.r" });
    assert.deepEqual((await searched(query, narrow)).names, ["Patient/bob"]);
    await refused(
      400,
      ["_revinclude=*", "_revinclude:iterate=Observation:subject"].map((each) => `Patient?${each}`),
    );
  });

  test("7, a chain asks about what is hidden", () =>
    refused(
      400,
      ["subject:Patient.birthdate=lt1980", "subject.name=Ebert", "performer.name=x"].map(
        (each) => `Observation?${each}`,
      ),
    ));

  test("8, a reverse chain asks about what is hidden", () =>
    refused(
      400,
      ["_has:Observation:subject:value-quantity=gt170", "_has:Observation:subject:_has:Provenance:target:agent=x"].map(
        (each) => `Patient?${each}`,
      ),
    ));

  test("9, a parameter of another language asks about what is hidden", () =>
    refused(
      400,
      [
        "_filter=name eq x",
        "_query=q",
        "_content=x",
        "_text=x",
        "_list=l",
        "_compartment=x",
        "_fields=id",
        "_type=x",
      ].map((each) => `Patient?${each}`),
    ));

  test("10, a hidden value is found by asking for it again and again", async () => {
    const heardOf: string[] = [];
    for (const value of [1, 180, 999])
      for (const at of [100, 185])
        heardOf[at] =
          `${heardOf[at] ?? ""}\n${await holding([secret(value)], () => heard(`Observation?patient=bob&value-quantity=gt${at}`))}`;
    for (const each of Object.values(heardOf)) assert.equal(new Set(each.trim().split("\n")).size, 1, each);
    const lab = await world.token({ client_id: "lab-app", scope: "user/Observation.rs" });
    await searched("Observation?value-quantity=gt1", lab);
    assert.match(decodeURIComponent(world.upstream.asked.at(-1)?.url ?? ""), /category=\S+\|laboratory/);
  });

  test("11, an order tells of a hidden value", async () => {
    const orders = new Set<string>();
    for (const value of [1, 172, 999])
      orders.add(
        await holding([secret(value)], async () => {
          const { text } = await world.get("Observation?_sort=-value-quantity&value-quantity=gt1&_count=50", nora);
          return text;
        }),
      );
    assert.equal(orders.size, 1, [...orders].join("\n"));
    await refused(400, ["Observation?_sort=secret", "Observation?_sort=subject.name"]);
  });

  test("12, a link to a next page leads round the guard, or is another's", async () => {
    const { body } = await world.get("Observation?_count=2", nora);
    const next = String(body.link[1].url).slice(world.base.length + 1);
    assert.match(next, /^Observation\?_page=[\w-]+$/);
    assert.equal((await world.get(next, nora)).status, 200);
    const others = [await world.token({ sub: "a-stranger" }), await world.token({ client_id: "lab-app" })];
    for (const other of others) assert.equal((await world.get(next, other)).status, 410);
    await refused(410, [`${next}&patient=eve`, next.replace("Observation", "Patient"), `${next.slice(0, -8)}AAAAAAAA`]);
  });

  test("13, an address of the FHIR server gets out", async () => {
    const { url } = world.upstream;
    const open = observation("open", "ann", {
      performer: [{ reference: `${url}/Practitioner/paul` }],
      note: [{ text: `see ${url}/Patient/bob` }],
    });
    await holding([open], async () => {
      for (const path of [
        "Observation/open",
        "Observation?_id=open&_include=Observation:performer",
        "Observation?_count=1",
      ])
        assert.ok(!(await heard(path)).includes(new URL(url).host), path);
      const made = await send("POST", "Observation", observation("x", "ann"));
      assert.match(made.headers.get("location") ?? "", new RegExp(`^${world.base}/Observation/`));
    });
  });

  test("14, a search by POST says one thing in its address and another in its body", async () => {
    const body = new URLSearchParams({ patient: "Patient/ann", code: "8302-2" });
    const both = await world.get("Observation/_search?patient=eve", nora, { method: "POST", body });
    assert.equal(both.body.entry.length, 1, both.text);
    const asked = new URL(world.upstream.asked.at(-1)?.url ?? "", "http://upstream").searchParams;
    assert.deepEqual([asked.getAll("patient"), asked.getAll("code")], [["Patient/ann", "eve"], ["8302-2"]]);
    for (const type of [
      "application/x-www-form-urlencoded; charset=utf-16",
      "application/x-www-form-urlencoded;charset=utf-8;charset=x",
      "multipart/form-data; boundary=x",
    ])
      await refused(415, ["Observation/_search"], {
        method: "POST",
        headers: { "content-type": type },
        body: "patient=ann",
      });
    await refused(400, ["Observation/_search"], { method: "POST", body: new URLSearchParams({ _summary: "count" }) });
  });

  test("15, an operation gives out everything", async () => {
    const names = [
      "everything",
      "lastn",
      "summary",
      "document",
      "export",
      "graphql",
      "csv",
      "graph",
      "validate",
      "match",
    ];
    const paths = names.flatMap((name) => ["", "Patient/", "Patient/ann/"].map((place) => `${place}$${name}`));
    await refused(404, paths);
    await refused(404, paths, { method: "POST", headers: asJson, body: '{"resourceType":"Parameters"}' });
  });

  test("16, a batch or a reference by a search does what may not be done by itself", async () => {
    const entry = [{ request: { method: "GET", url: "Patient/eve" } }];
    for (const type of ["batch", "transaction"]) {
      const body = JSON.stringify({ resourceType: "Bundle", type, entry });
      await refused(404, ["", "Bundle"], { method: "POST", headers: asJson, body });
    }
    for (const reference of ["Practitioner?name=Paulsen", "/Practitioner/paul", "Practitioner/../Patient/eve"]) {
      const { status } = await send("POST", "Observation", observation("x", "ann", { performer: [{ reference }] }));
      assert.equal(status, 403, reference);
    }
  });

  test("17, a write with a condition asks about what is hidden", async () => {
    const body = JSON.stringify(observation("ann-lab", "ann"));
    for (const name of ["if-none-exist", "if-none-match", "if-modified-since"])
      for (const [method, path] of [
        ["POST", "Observation"],
        ["PUT", "Observation/ann-lab"],
      ] as const)
        await refused(400, [path], {
          method,
          headers: { ...asJson, [name]: name === "if-none-match" ? "*" : "code=x" },
          body,
        });
    for (const method of ["PUT", "DELETE", "PATCH"])
      await refused(method === "PATCH" ? 415 : 400, ["Observation?code=x"], {
        method,
        ...(method === "PUT" && { headers: asJson, body }),
        ...(method === "PATCH" && { body }),
      });
  });

  test("18, an update takes a resource to somebody else, or its labels off", async () => {
    await holding([observation("mine", "ann"), observation("kept", "bob", labelled(RESTRICTED))], async () => {
      const tries = [
        observation("mine", "eve"),
        observation("mine", "bob", labelled(RESTRICTED)),
        observation("kept", "bob"),
      ];
      for (const body of tries) assert.equal((await send("PUT", `Observation/${body.id}`, body)).status, 404);
      assert.deepEqual([stored("Observation/mine"), stored("Observation/kept")], [1, 1]);
      assert.equal((await send("PUT", "Observation/mine", observation("mine", "ann"))).status, 200);
      assert.equal(world.upstream.asked.findLast(({ method }) => method === "PUT")?.headers["if-match"], 'W/"1"');
      assert.equal((await send("PATCH", "Observation/mine", [{ op: "remove", path: "/meta/security" }])).status, 405);
    });
  });

  test("19, a PUT tells which ids are taken", async () => {
    const paths = ["eve-lab", "bob-secret", "nobodys", "none"];
    const statuses = new Set<string>();
    for (const id of paths)
      statuses.add(
        await heard(`Observation/${id}`, nora, {
          method: "PUT",
          headers: asJson,
          body: JSON.stringify(observation(id, "ann")),
        }),
      );
    assert.equal(statuses.size, 1, [...statuses].join("\n"));
    assert.equal(world.upstream.store.has("Observation/none"), false);
  });

  test("20, the answer to a write tells of what is hidden", async () => {
    world.upstream.keepsIntegrity = true;
    try {
      await holding([], async () => {
        const by = (reference: string) => observation("x", "ann", { derivedFrom: [{ reference }] });
        const create = (body: unknown) =>
          heard("Observation", nora, { method: "POST", headers: asJson, body: JSON.stringify(body) });
        const answers = new Set<string>();
        for (const id of ["eve-lab", "bob-secret", "nobodys", "none"])
          answers.add(await create(by(`Observation/${id}`)));
        assert.equal(answers.size, 1, [...answers].join("\n"));
        assert.match([...answers].join(""), /"status":403/);
        // A patient who refused, and one who is not there.
        const [eve, none] = [await create(observation("x", "eve")), await create(observation("x", "none"))];
        assert.equal(eve, none);
        assert.match(eve, /"status":403/);
        const made = await send("POST", "Observation", by("Observation/ann-lab"));
        assert.equal(made.status, 201, made.text);
        world.upstream.put(observation("mine", "ann"));
        assert.equal((await send("PUT", "Observation/mine", { ...by("Observation/eve-lab"), id: "mine" })).status, 403);
        assert.equal(stored("Observation/mine"), 1);
        // What stands there already is nothing new to the server.
        world.upstream.put({ ...by("Observation/eve-lab"), id: "kept" });
        assert.equal((await send("PUT", "Observation/kept", { ...by("Observation/eve-lab"), id: "kept" })).status, 200);
        // Who may write and not read gets nothing back, and the server's own words nobody.
        const blind = await world.token({ scope: "user/Observation.c" });
        const silent = await send("POST", "Observation", observation("x", "ann"), {}, blind);
        assert.deepEqual([silent.status, silent.text], [201, ""]);
        const kept = await send("DELETE", "Observation/ann-lab");
        assert.equal(kept.status, 409);
        assert.ok(!kept.text.includes("new-"), kept.text);
      });
    } finally {
      world.upstream.keepsIntegrity = false;
    }
  });

  test("21, a resource carries another in it, or is about it", async () => {
    const of = (...targets: readonly string[]) => ({
      ...{ resourceType: "Provenance", id: "p", ...labelled(NORMAL), recorded: "2026-01-01T00:00:00Z" },
      target: targets.map((reference) => ({ reference })),
      agent: [{ who: { reference: "Practitioner/paul" } }],
    });
    const statusOf = (...targets: readonly string[]) =>
      holding([of(...targets)], async () => (await world.get("Provenance/p", nora)).status);
    assert.equal(await statusOf("Observation/ann-lab"), 200);
    assert.equal(await statusOf("Practitioner/paul"), 200);
    const many = Array.from({ length: 21 }, () => "Observation/ann-lab");
    for (const targets of [
      ["Observation/eve-lab"],
      ["Observation/ann-lab", "Observation/bob-secret"],
      ["Observation/none"],
      ["Observation?code=x", "Observation/ann-lab"],
      ["https://other.example/Observation/x"],
      ["List/l"],
      many.map((each, i) => `${each}${i}`),
    ])
      assert.equal(await statusOf(...targets), 404, targets.join(" "));
    const narrow = await world.token({ scope: "user/MedicationRequest.rs" });
    assert.ok(!(await heard("MedicationRequest/ann-drug", narrow)).includes('\\"Medication\\"'));
    await refused(404, ["Bundle/b", "List/l", "Group/g", "Parameters/p"]);
  });

  test("22, what a reference says besides tells who somebody else is", async () => {
    const mother = { reference: "Patient/eve", display: "Eve Ebert", identifier: { value: "secret-mrn" } };
    const open = observation("open", "ann", {
      text: { status: "generated", div: "<div>daughter of Eve Ebert</div>" },
      subject: { reference: "Patient/ann", display: "Ann Abel" },
      performer: [{ reference: "Practitioner/paul", display: "Paul" }],
      focus: [
        mother,
        { ...mother, reference: `${world.upstream.url}/Patient/eve` },
        { ...mother, reference: undefined, type: "Patient" },
      ],
    });
    await holding([open], async () => {
      for (const path of ["Observation/open", "Observation?_id=open"]) {
        const text = await heard(path);
        assert.ok(!/Ebert|secret-mrn/.test(text), text);
        assert.ok(
          /Ann Abel/.test(text) && /Paul/.test(text) && /Patient\/eve/.test(text) && /SUBSETTED/.test(text),
          text,
        );
      }
      // Written back, it would lose what was taken out of it.
      const { body } = await world.get("Observation/open", nora);
      assert.equal((await send("PUT", "Observation/open", body)).status, 422);
      assert.equal(stored("Observation/open"), 1);
    });
  });

  test("23, what is no FHIR resource passes undecided", async () => {
    await refused(404, ["Binary/scan", "Binary", "Binary/scan/_history/1"]);
    await refused(406, ["Patient/ann?_format=xml", "Patient?_format=text/csv"]);
    await refused(406, ["Patient/ann"], { headers: { accept: "application/pdf" } });
    await world.get("Patient/ann?_pretty=true", nora, { headers: { "accept-encoding": "gzip, br" } });
    const { headers, url } = world.upstream.asked.at(-1) ?? {};
    assert.deepEqual(
      [url, headers?.accept, headers?.["accept-encoding"]],
      ["/fhir/Patient/ann", "application/fhir+json", "identity"],
    );
  });

  test("24, a path or a header is read in two ways", async () => {
    const asked = world.upstream.asked.length;
    for (const path of [
      "//Patient/ann",
      "/Patient/ann/",
      "/%50atient/ann",
      "/Observation/../Patient/ann",
      "/Observation/%2e%2e/Patient/ann",
      "/Observation%2f..%2fPatient/ann",
      "/Patient;a=b/ann",
      "/patient/ann",
      "/Patient/ann#x",
      "/Patient/ann%00",
    ])
      assert.equal(await raw("GET", `/r4${path}`), 404, path);
    assert.equal(world.upstream.asked.length, asked);
    const told = {
      "x-http-method-override": "DELETE",
      connection: "authorization, x-own",
      "x-own": "1",
      "x-forwarded-host": "evil.example",
      "if-none-match": "x",
    };
    assert.equal(await raw("GET", "/r4/Patient/ann", told), 200);
    const { headers, method } = world.upstream.asked.at(-1) ?? {};
    assert.deepEqual([method, headers?.authorization], ["GET", SECRET]);
    for (const name of ["x-http-method-override", "x-own", "x-forwarded-host", "if-none-match"])
      assert.equal(headers?.[name], undefined, name);
    assert.equal(await raw("HEAD", "/r4/Patient/eve"), 404);
    assert.equal(await alike(["Patient/eve", "Patient/none"], { headers: { "if-none-match": 'W/"1"' } }), 404);
  });

  test("25, the FHIR server speaks for itself: its metadata, errors, work in the background, other protocols", async () => {
    const { text } = await world.get("metadata", nora);
    assert.ok(!/Binary|upstream/.test(text), text);
    for (const fault of [
      { status: 500, type: "text/html", body: "<h1>SQL near Ebert" },
      {
        status: 400,
        type: "application/fhir+json",
        body: '{"resourceType":"OperationOutcome","issue":[{"diagnostics":"Ebert"}]}',
      },
      { status: 202, type: "application/fhir+json", body: "" },
    ]) {
      world.upstream.fault = fault;
      const answer = await world.get("Patient?name=x", nora, { headers: { prefer: "respond-async" } });
      assert.ok(answer.status >= 400 && !answer.text.includes("Ebert"), answer.text);
      assert.equal(answer.headers.get("content-location"), null);
    }
    await refused(404, ["Subscription", "Subscription/s", "$subscription-hook", "_async/1"]);
    assert.equal(await raw("GET", "/r4/Patient/ann", { connection: "upgrade", upgrade: "websocket" }), 200);
    const { headers } = world.upstream.asked.at(-1) ?? {};
    assert.deepEqual([headers?.upgrade, headers?.prefer], [undefined, undefined]);
  });
});

describe("a channel", () => {
  test("there is no link to a next page on which nothing would be", async () => {
    const told: boolean[] = [];
    for (const value of [100, 999]) {
      const hidden = observation("zz-hidden", "bob", { ...labelled(RESTRICTED), valueQuantity: { value, unit: "cm" } });
      told.push(
        await holding([hidden], async () => {
          const answer = await searched("Observation?_id=bob-height,zz-hidden&value-quantity=gt150&_count=1");
          assert.deepEqual(answer.names, ["Observation/bob-height"]);
          return answer.hasNext;
        }),
      );
    }
    assert.deepEqual(told, [false, false]);
  });

  test("a search for a patient who refused takes as long as one for nobody", async () => {
    const asked: number[] = [];
    for (const id of ["eve", "none"]) {
      const before = world.upstream.asked.length;
      assert.deepEqual((await searched(`Observation?patient=${id}`)).names, []);
      asked.push(world.upstream.asked.length - before);
      assert.ok(!world.upstream.asked.at(-1)?.url.includes("_summary"));
    }
    assert.deepEqual(asked, [1, 1]);
  });

  test("a page that looked at all that it may is short, goes on, and loses nothing", async () => {
    const guard = await world.another({ mostLookedAt: 4 });
    const found: string[] = [];
    let sizes = 0;
    for (let path = "Observation?_count=5"; path !== ""; sizes++) {
      const { body } = await request(`${guard.url}/r4/${path}`, { headers: { authorization: `Bearer ${nora}` } });
      for (const { resource, search } of body.entry as readonly Entry[])
        if (search.mode === "match") found.push(`Observation/${resource.id}`);
      path = String(body.link[1]?.url ?? "").slice(world.base.length + 1);
    }
    assert.deepEqual(found.sort(), (await searched("Observation?_count=20")).names);
    assert.ok(sizes > 1);
  });

  test("an include brings nothing of a type that is not served", async () => {
    const provenance = {
      resourceType: "Provenance",
      id: "p",
      ...labelled(NORMAL),
      target: [{ reference: "Binary/scan" }],
      recorded: "2026-01-01T00:00:00Z",
      agent: [{ who: { reference: "Practitioner/paul" } }],
    };
    const { names } = await holding([provenance], () => searched("Provenance?_include=Provenance:target"));
    assert.ok(!names.includes("+Binary/scan"), names.join(" "));
  });

  test("an include goes by its own parameter alone, and tells nothing of what a withheld match refers to", async () => {
    const seen: string[] = [];
    for (const performer of ["Patient/ann", "Practitioner/paul"]) {
      const hidden = observation("hidden", "bob", { ...labelled(RESTRICTED), performer: [{ reference: performer }] });
      const open = observation("open", "ann", { performer: [{ reference: "Practitioner/none" }] });
      const { names } = await holding([hidden, open], () =>
        searched("Observation?_id=open,hidden&_include=Observation:performer"),
      );
      seen.push(names.join(" "));
    }
    assert.equal(seen[0], seen[1]);
  });

  test("an include by an absolute reference to the server is served like a relative one", async () => {
    const open = observation("open", "ann", { performer: [{ reference: `${world.upstream.url}/Practitioner/paul` }] });
    const { names } = await holding([open], () => searched("Observation?_id=open&_include=Observation:performer"));
    assert.deepEqual(names, ["+Practitioner/paul", "Observation/open"]);
  });

  test("nobody is asked to sign in again for what would stay withheld", async () => {
    const stepUp = { type: "stepUp", parameters: { since: new Date().toISOString() } };
    const filter = { type: "filter", parameters: { allOf: [{ anyOf: [] }] } };
    const client = {
      authorizeBatch: async (asked: readonly unknown[]) =>
        asked.map(() => ({ outcome: "allowed", id: "d", obligations: [filter, stepUp] })),
    } as unknown as Pick<Client, "authorizeBatch">;
    const holder: Holder = { asker: { clientId: "c", scopes: [] }, scopes: [], authTime: 1, key: "k" };
    const one = asResource(observation("o", "ann")) as Resource;
    const upstream = { read: async () => null };
    const out = await release([one], holder, { client, base: "b", options: {}, organization: null, upstream }).catch(
      (e) => e,
    );
    assert.ok(!(out instanceof Refused));
    assert.deepEqual(out, [null]);
  });

  test("a body of another kind is no search, and nobody is asked", async () => {
    const asked = world.upstream.asked.length;
    for (const type of ["application/json", "multipart/form-data; boundary=x", "text/plain"]) {
      const { status } = await world.get("Observation/_search", nora, {
        method: "POST",
        headers: { "content-type": type },
        body: '{"patient":"ann"}',
      });
      assert.equal(status, 415, type);
    }
    assert.equal(world.upstream.asked.length, asked);
  });

  test("a deletion that the server refuses is told as refused", async () => {
    await holding([observation("kept", "ann")], async () => {
      const { asked } = world.upstream;
      // The fault must meet the deletion and not the read before it.
      const push = asked.push.bind(asked);
      asked.push = (...items) => {
        if (items[0]?.method === "DELETE")
          world.upstream.fault = { status: 422, type: "application/fhir+json", body: "{}" };
        return push(...items);
      };
      const { status } = await world.get("Observation/kept", nora, { method: "DELETE" });
      asked.push = push;
      assert.equal(status, 422);
    });
  });
});
