import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createHolders } from "../../guard/src/holder.ts";
import type { Refused } from "../../guard/src/outcome.ts";
import { request } from "../http/support.ts";
import { SECRET } from "./fhirServer.ts";
import { AUDIENCE, type GuardWorld, labelled, NORMAL, observation, startGuardWorld } from "./guardWorld.ts";

let world: GuardWorld;
let nora: string;
before(async () => {
  world = await startGuardWorld();
  nora = await world.token();
});
after(() => world.close());

type Body = { readonly [name: string]: unknown };
/** What came out of a search, `Type/id`, in order, with `+` before what was included. */
function found({
  body,
  status,
  text,
}: {
  readonly status: number;
  readonly text: string;
  readonly body: unknown;
}): string[] {
  assert.equal(status, 200, text);
  const { entry } = body as { entry: { resource: Body; search: { mode: string } }[] };
  return entry
    .filter(({ search }) => search.mode !== "outcome")
    .map(({ resource, search }) => `${search.mode === "include" ? "+" : ""}${resource.resourceType}/${resource.id}`)
    .sort();
}
const searched = async (path: string, token = nora) => found(await world.get(path, token));
const last = () => world.upstream.asked.at(-1);

describe("a read", () => {
  test("gives out what was decided, with numbers as they were written, and nothing of the upstream's", async () => {
    const answer = await world.get("Observation/ann-exact", nora);
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"value":1\.50,/);
    assert.equal(answer.headers.get("etag"), 'W/"1"');
    assert.equal(answer.headers.get("content-type"), "application/fhir+json; charset=utf-8");
    assert.equal(answer.headers.get("x-powered-by"), null);
    const { body } = await world.service.ask(
      "{ decisions(first: 1) { edges { node { outcome resourceId subjectId patient } } } }",
    );
    assert.deepEqual(body.data.decisions.edges[0].node, {
      ...{ outcome: "ALLOW", resourceId: "ann-exact", subjectId: "nora", patient: "ann" },
    });
  });

  test("says the same of what is refused and of what is not there", async () => {
    const texts = new Set<string>();
    for (const path of [
      "Observation/eve-height",
      "Observation/bob-secret",
      "Patient/eve",
      "Observation/none",
      "Patient/none",
    ]) {
      const { headers, status, text } = await world.get(path, nora);
      assert.equal(status, 404, path);
      texts.add(JSON.stringify([text, [...headers].filter(([name]) => name !== "date")]));
    }
    assert.equal(texts.size, 1, [...texts].join("\n"));
  });

  test("of what is nobody's, or a group's, gives nothing", async () => {
    for (const id of ["nobodys", "groups"]) assert.equal((await world.get(`Observation/${id}`, nora)).status, 404);
  });

  test("shows the upstream a request of its own, and never the token", async () => {
    const headers = {
      "x-forwarded-for": "1.2.3.4",
      cookie: "a=b",
      "x-http-method-override": "DELETE",
      accept: "application/json",
    };
    assert.equal((await world.get("Patient/ann", nora, { headers })).status, 200);
    const asked = last();
    assert.equal(asked?.method, "GET");
    assert.equal(asked?.url, "/fhir/Patient/ann");
    assert.equal(asked?.headers.authorization, SECRET);
    assert.equal(asked?.headers.accept, "application/fhir+json");
    for (const name of ["x-forwarded-for", "cookie", "x-http-method-override"])
      assert.equal(asked?.headers[name], undefined);
    assert.ok(!JSON.stringify(world.upstream.asked).includes(nora));
  });

  test("of a version is decided as it was, and as it is", async () => {
    world.upstream.put(observation("moved", "eve"));
    world.upstream.put(observation("moved", "ann"));
    world.upstream.put(observation("hidden", "ann"));
    world.upstream.put(observation("hidden", "eve"));
    assert.equal((await world.get("Observation/moved", nora)).status, 200);
    assert.equal((await world.get("Observation/moved/_history/2", nora)).status, 200);
    assert.equal((await world.get("Observation/moved/_history/1", nora)).status, 404);
    assert.equal((await world.get("Observation/hidden/_history/1", nora)).status, 404);
    world.upstream.store.delete("Observation/moved");
    world.upstream.store.delete("Observation/hidden");
  });

  test("that knows the version gets no body, where it may be read", async () => {
    const headers = { "if-none-match": 'W/"1"' };
    assert.equal((await world.get("Patient/ann", nora, { headers })).status, 304);
    assert.equal((await world.get("Patient/eve", nora, { headers })).status, 404);
    const head = await world.get("Patient/ann", nora, { method: "HEAD" });
    assert.deepEqual([head.status, head.text, head.headers.get("etag")], [200, "", 'W/"1"']);
  });

  test("of what is contained in another is decided as its own type", async () => {
    const all = await world.get("MedicationRequest/ann-drug", nora);
    assert.equal(all.body.contained.length, 1);
    const narrow = await world.token({ scope: "user/MedicationRequest.rs" });
    const { body, text } = await world.get("MedicationRequest/ann-drug", narrow);
    assert.deepEqual([body.contained, body.text, body.medicationReference], [undefined, undefined, undefined], text);
    assert.equal(body.meta.tag[0].code, "SUBSETTED");
    assert.ok(!text.includes("secret drug"));
  });

  test("of a type whose content says nothing of whose it is, is not served", async () => {
    for (const path of [
      "Binary/scan",
      "Bundle/x",
      "Group/g",
      "Subscription/s",
      "Nothing/x",
      "Observation/ann-lab/extra",
    ])
      assert.equal((await world.get(path, nora)).status, 404, path);
    assert.equal(last()?.url.includes("Binary"), false);
  });
});

describe("whose token", () => {
  test("must be shown, active, and for this server", async () => {
    const none = await request(`${world.guard.url}/r4/Patient/ann`);
    assert.deepEqual([none.status, none.headers.get("www-authenticate")], [401, 'Bearer realm="fhir"']);
    for (const token of ["x", await world.token({ aud: "https://other.example" }), await world.token({ exp: 1 })]) {
      const { headers, status } = await world.get("Patient/ann", token);
      assert.deepEqual([status, headers.get("www-authenticate")], [401, 'Bearer realm="fhir", error="invalid_token"']);
    }
  });

  test("is a person's without a role: nothing goes out; and one that nobody knows is no client's own", async () => {
    const job = await world.token({
      sub: "night-job",
      client_id: "night-job",
      scope: "system/*.rs",
      auth_time: undefined,
    });
    assert.equal((await world.get("Patient/ann", job)).status, 200);
    for (const sub of ["a-stranger", "a-unknown", "nora"]) {
      assert.equal((await world.get("Patient/ann", await world.token({ sub }))).status, 404, sub);
      // With the client's own scopes, too: it is a person who asks.
      const asClient = await world.token({ sub, client_id: "night-job", scope: "system/*.rs" });
      assert.equal((await world.get("Patient/ann", asClient)).status, 404, sub);
    }
  });

  test("is a patient's: the own record, and no other", async () => {
    const portal = await world.token({
      sub: "p-ann",
      client_id: "portal",
      scope: "patient/*.rs",
      patient: "ann",
      fhirUser: "Patient/ann",
    });
    assert.equal((await world.get("Patient/ann", portal)).status, 200);
    assert.equal((await world.get("Patient/bob", portal)).status, 404);
    assert.deepEqual(await searched("Observation", portal), [
      "Observation/ann-exact",
      "Observation/ann-height",
      "Observation/ann-lab",
    ]);
    // What confines the search is in it, so that nothing else was looked at.
    assert.match(last()?.url ?? "", /patient=Patient%2Fann/);
  });

  test("that names several purposes is for none: for which an access is, nobody can tell", async () => {
    const claims = { active: true, client_id: "ward-app", scope: "user/*.rs", iss: "i", sub: "s", holder: "person" };
    const holderOf = (purposes: readonly string[]) =>
      createHolders(
        {
          introspect: async () => ({
            outcome: "active",
            active: true,
            claims: { ...claims, purpose_of_use: purposes },
          }),
        },
        { purposes: new Map([["ward-app", "HPAYMT"]]) },
      )("Bearer x");
    assert.equal((await holderOf(["TREAT"])).asker.purposeOfUse, "TREAT");
    assert.equal((await holderOf([])).asker.purposeOfUse, "HPAYMT");
    await assert.rejects(holderOf(["TREAT", "HRESCH"]), ({ answer }: Refused) => answer.status === 403);
  });

  test("is asked about anew after a second, and a revoked one is gone by then", async () => {
    const token = await world.token({ sub: "a-nora", jti: "to-be-revoked" });
    assert.equal((await world.get("Patient/ann", token)).status, 200);
    const { body } = await world.service.ask(
      'mutation($issuer: String!) { revokeTokens(input: { issuer: $issuer, tokenId: "to-be-revoked", reason: "test" }) { id } }',
      { variables: { issuer: world.issuer.url } },
    );
    assert.equal(body.errors, undefined, JSON.stringify(body));
    await delay(1001);
    assert.equal((await world.get("Patient/ann", token)).status, 401);
  });
});

describe("a search", () => {
  test("gives out what was decided, one by one, and counts nothing", async () => {
    const answer = await world.get("Observation?_count=20", nora);
    assert.deepEqual(found(answer), [
      ...[
        "Observation/ann-exact",
        "Observation/ann-height",
        "Observation/ann-lab",
        "Observation/bob-height",
        "Observation/bob-lab",
      ],
    ]);
    assert.equal(answer.body.total, undefined);
    assert.ok(!answer.text.includes(world.upstream.url));
    for (const { fullUrl } of answer.body.entry.slice(0, -1))
      assert.ok(fullUrl.startsWith(`${AUDIENCE}/Observation/`), fullUrl);
    assert.equal(answer.body.link[0].url, `${AUDIENCE}/Observation?_count=20`);
  });

  test("is one access of each patient on record, and what was taken out is no denied one", async () => {
    const ids = await searched("Observation?patient=ann");
    const decisions = async (filter: object) => {
      const { body } = await world.service.ask(
        "query($filter: DecisionFilter) { decisions(filter: $filter, first: 50) { edges { node { id action countedAs } } } }",
        { variables: { filter } },
      );
      return body.data.decisions.edges.map(({ node }: { node: Body }) => node) as readonly Body[];
    };
    const search = (await decisions({ subjectId: "nora" })).find(({ action }) => action === "search");
    const parts = await decisions({ partOf: search?.id });
    assert.ok(ids.length > 1 && parts.length >= ids.length, `${parts.length} parts, ${ids.length} resources`);
    const out = parts.filter(({ countedAs }) => countedAs !== "WITHHELD");
    assert.ok(out.filter(({ countedAs }) => countedAs === "AGAIN").length > 0, JSON.stringify(parts));
    assert.ok(parts.every(({ countedAs }) => countedAs !== "DENY"));
  });

  test("of a patient who refused is one that finds nothing", async () => {
    const same = async (path: string) => {
      const { body, text } = await world.get(path, nora);
      return text.replaceAll(body.link[0].url, "self");
    };
    assert.equal(await same("Observation?patient=eve"), await same("Observation?patient=none"));
    assert.equal(await same("Observation?patient=eve&_has=1").catch(() => "400"), "400");
  });

  test("is confined by what its scopes say, in the search itself", async () => {
    const lab = await world.token({ client_id: "lab-app", scope: "user/Observation.rs" });
    assert.deepEqual(await searched("Observation", lab), ["Observation/ann-lab", "Observation/bob-lab"]);
    assert.match(decodeURIComponent(last()?.url ?? ""), /category=\S+\|laboratory/);
    const refused = await world.get("Patient", lab);
    assert.equal(refused.status, 403, refused.text);
  });

  test("by POST takes address and body together, and sends one search", async () => {
    const init = { method: "POST", body: new URLSearchParams({ code: "8302-2" }) };
    assert.deepEqual(await searchedBy("Observation/_search?patient=ann", init), [
      "Observation/ann-height",
      "Observation/ann-lab",
    ]);
    assert.equal(last()?.method, "GET");
    assert.equal(last()?.url.startsWith("/fhir/Observation?code=8302-2&patient=ann&"), true, last()?.url);
  });
  const searchedBy = async (path: string, init: RequestInit) => found(await world.get(path, nora, init));

  test("includes what was decided as well, and only of what goes out", async () => {
    assert.deepEqual(await searched("Observation?_include=Observation:subject&code=8302-2&_count=20"), [
      ...[
        "+Patient/ann",
        "+Patient/bob",
        "Observation/ann-height",
        "Observation/ann-lab",
        "Observation/bob-height",
        "Observation/bob-lab",
      ],
    ]);
    assert.deepEqual(await searched("Patient?_id=bob&_revinclude=Observation:subject"), [
      ...["+Observation/bob-height", "+Observation/bob-lab", "Patient/bob"],
    ]);
    const narrow = await world.token({ scope: "user/Patient.rs" });
    assert.deepEqual(await searched("Patient?_id=bob&_revinclude=Observation:subject", narrow), ["Patient/bob"]);
    const observations = await world.token({ scope: "user/Observation.rs" });
    assert.deepEqual(await searched("Observation?_id=ann-lab&_include=Observation:performer", observations), [
      "Observation/ann-lab",
    ]);
  });

  test("goes on by links of its own, decided anew, and of its holder alone", async () => {
    const all = await searched("Observation?_count=20");
    const seen: string[] = [];
    let path: string | null = "Observation?_count=2";
    for (let pages = 0; path !== null && pages < 20; pages++) {
      const answer = await world.get(path, nora);
      seen.push(...found(answer));
      assert.ok(!answer.text.includes("_offset"), answer.text);
      const next: string | undefined = answer.body.link[1]?.url;
      if (next === undefined) break;
      path = next.slice(AUDIENCE.length + 1);
      assert.match(path, /^Observation\?_page=[\w-]+$/);
      const other = await world.token({ sub: "a-stranger" });
      assert.equal((await world.get(path, other)).status, 410);
      assert.equal((await world.get(path.replace("Observation", "Patient"), nora)).status, 410);
      assert.equal((await world.get(`${path}&patient=eve`, nora)).status, 410);
      assert.equal((await world.get(`${path.slice(0, -8)}AAAAAAAA`, nora)).status, 410);
    }
    assert.deepEqual(seen.sort(), all);
  });

  test("by what looks at anything else is refused, and nobody is asked", async () => {
    const asked = world.upstream.asked.length;
    for (const query of [
      ...[
        "_has:Observation:subject:value-quantity=gt170",
        "_has:Observation:patient:code=x",
        "_summary=count",
        "_total=accurate",
      ],
      ...[
        "_count=0",
        "_elements=status",
        "_filter=name eq x",
        "_text=x",
        "_content=x",
        "_list=l",
        "_query=x",
        "_fields=status",
      ],
      ...[
        "general-practitioner.name=x",
        "_include=*",
        "_include:iterate=Patient:organization",
        "_include=Observation:subject",
      ],
      ...[
        "_revinclude=*",
        "_revinclude=Observation:code",
        "_revinclude:iterate=Observation:subject",
        "_sort=secret",
        "_type=Observation",
      ],
      ...[
        "name:text=x",
        "name:below=x",
        "_security:in=x",
        "_compartment=x",
        "_offset=5",
        "__proto__=x",
        "constructor=x",
        "name=",
      ],
    ]) {
      const { status, text } = await world.get(`Patient?${query}`, nora);
      assert.equal(status, 400, `${query} ${text}`);
    }
    assert.equal(world.upstream.asked.length, asked);
  });
});

describe("a path", () => {
  test("is written in one way, or nothing is there", async () => {
    const asked = world.upstream.asked.length;
    for (const path of [
      ...[
        "/r4//Patient/ann",
        "/r4/Patient/ann/",
        "/r4/%50atient/ann",
        "/r4/Patient/%61nn",
        "/r4/patient/ann",
        "/r4/Patient;a=b/ann",
      ],
      ...[
        "//r4/Patient/ann",
        "/fhir/Patient/ann",
        "/r4/$export",
        "/r4/Patient/$export",
        "/r4/Patient/ann/$everything",
        "/r4/_history",
      ],
      ...[
        "/r4/Patient/_history",
        "/r4/Patient/ann/_history",
        "/r4/Patient/ann/Observation",
        "/r4/",
        "/r4?_type=Patient",
        "/r4/$graphql",
      ],
    ]) {
      const { status } = await request(`${world.guard.url}${path}`, { headers: { authorization: `Bearer ${nora}` } });
      assert.equal(status, 404, path);
    }
    assert.equal(world.upstream.asked.length, asked);
  });

  test("takes JSON, and the methods that are served", async () => {
    for (const accept of ["application/fhir+xml", "text/html"])
      assert.equal((await world.get("Patient/ann", nora, { headers: { accept } })).status, 406);
    assert.equal((await world.get("Patient?_format=xml", nora)).status, 406);
    for (const method of ["PATCH", "OPTIONS"])
      assert.equal((await world.get("Patient/ann", nora, { method })).status, 405);
    assert.equal(
      (await world.get("Patient", nora, { method: "PUT", body: "{}", headers: { "content-type": "application/json" } }))
        .status,
      405,
    );
    assert.equal(
      (await world.get("", nora, { method: "POST", body: "{}", headers: { "content-type": "application/json" } }))
        .status,
      404,
    );
  });

  test("to the metadata says what gets through", async () => {
    const { body } = await request(`${world.guard.url}/r4/metadata`);
    const types = body.rest[0].resource.map(({ type }: { type: string }) => type);
    assert.deepEqual(types, ["MedicationRequest", "Observation", "Patient", "Practitioner"]);
    assert.equal(body.implementation.url, AUDIENCE);
  });
});

describe("where something fails, nothing goes out", () => {
  test("of the upstream", async () => {
    const fhir = "application/fhir+json";
    for (const fault of [
      { status: 500, type: "text/html", body: "<h1>SQL near secret</h1>" },
      { status: 200, type: "application/fhir+xml", body: "<Patient/>" },
      { status: 200, type: fhir, body: "{" },
      { status: 200, type: fhir, body: '{"resourceType":"Patient","id":"bob"}' },
      { status: 200, type: fhir, body: '{"resourceType":"Patient","id":"bob","id":"ann"}' },
      { status: 302, type: fhir, body: "" },
      { status: 202, type: fhir, body: '{"resourceType":"Patient","id":"ann"}' },
    ]) {
      world.upstream.fault = fault;
      const { status, text } = await world.get("Patient/ann", nora);
      assert.equal(status, 502, JSON.stringify(fault));
      assert.ok(!text.includes("secret"));
    }
  });

  test("of the service", async () => {
    const service = { url: "http://127.0.0.1:1", key: "x", retries: 0, timeoutMs: 1000 };
    const guard = await world.another({ service });
    const { status, headers } = await request(`${guard.url}/r4/Patient/ann`, {
      headers: { authorization: `Bearer ${nora}` },
    });
    assert.deepEqual([status, headers.get("retry-after")], [503, "1"]);
  });
});

describe("a write", () => {
  const send = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    world.get(path, nora, {
      method,
      headers: { "content-type": "application/fhir+json", ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const stored = (name: string) => JSON.parse(world.upstream.store.get(name)?.versions.at(-1) ?? "null");

  test("makes what was decided, and says where it is", async () => {
    const answer = await send("POST", "Observation", {
      ...observation("mine", "ann"),
      performer: [{ reference: `${AUDIENCE}/Practitioner/paul` }],
    });
    assert.equal(answer.status, 201, answer.text);
    const location = answer.headers.get("location") ?? "";
    assert.match(location, new RegExp(`^${AUDIENCE}/Observation/new-\\d+/_history/1$`));
    const id = location.split("/").at(-3);
    assert.equal(answer.body.performer[0].reference, `${AUDIENCE}/Practitioner/paul`);
    assert.equal(stored(`Observation/${id}`).performer[0].reference, `${world.upstream.url}/Practitioner/paul`);
    world.upstream.store.delete(`Observation/${id}`);
  });

  test("of a patient who refused, of another type than the address, or with a condition, is none", async () => {
    const before = world.upstream.store.size;
    assert.equal((await send("POST", "Observation", observation("x", "eve"))).status, 403);
    assert.equal((await send("POST", "Patient", observation("x", "ann"))).status, 400);
    assert.equal(
      (await send("POST", "Observation", '{"resourceType":"Observation","resourceType":"Patient"}')).status,
      400,
    );
    assert.equal(
      (await send("POST", "Observation", observation("x", "ann"), { "if-none-exist": "code=x" })).status,
      400,
    );
    for (const method of ["PUT", "DELETE"])
      assert.equal(
        (await send(method, "Observation?code=x", method === "PUT" ? observation("x", "ann") : undefined)).status,
        400,
      );
    assert.equal(
      (await send("POST", "Observation", "<Observation/>", { "content-type": "application/fhir+xml" })).status,
      415,
    );
    assert.equal(world.upstream.store.size, before);
  });

  test("changes what may be changed as it is and as it would be", async () => {
    world.upstream.put(observation("draft", "ann", { status: "preliminary" }));
    const answer = await send("PUT", "Observation/draft", observation("draft", "ann"));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(last()?.headers["if-match"] ?? world.upstream.asked.at(-2)?.headers["if-match"], 'W/"1"');
    assert.equal(stored("Observation/draft").status, "final");
    // To somebody else's record, and from there.
    assert.equal((await send("PUT", "Observation/draft", observation("draft", "eve"))).status, 404);
    assert.equal((await send("PUT", "Observation/eve-lab", observation("eve-lab", "ann"))).status, 404);
    assert.equal((await send("PUT", "Observation/draft", observation("other", "ann"))).status, 400);
    assert.equal(
      (await send("PUT", "Observation/draft", observation("draft", "ann"), { "if-match": 'W/"1"' })).status,
      412,
    );
    assert.equal(world.upstream.store.get("Observation/draft")?.versions.length, 2);
    assert.equal((await send("PUT", "Observation/not-there", observation("not-there", "ann"))).status, 404);
    assert.equal(world.upstream.store.has("Observation/not-there"), false);
  });

  test("of what is nobody's, or a group's, is none", async () => {
    const nobodys = { resourceType: "Observation", id: "n", status: "final", code: { text: "x" } };
    const groups = { ...nobodys, subject: { reference: "Group/ward" } };
    const before = world.upstream.store.size;
    for (const body of [nobodys, groups]) assert.equal((await send("POST", "Observation", body)).status, 403);
    for (const id of ["nobodys", "groups"]) {
      const versions = world.upstream.store.get(`Observation/${id}`)?.versions.length;
      assert.equal((await send("PUT", `Observation/${id}`, observation(id, "ann"))).status, 404);
      assert.equal((await send("DELETE", `Observation/${id}`, undefined)).status, 404);
      assert.equal(world.upstream.store.get(`Observation/${id}`)?.versions.length, versions);
      assert.equal(world.upstream.store.get(`Observation/${id}`)?.gone, false);
    }
    assert.equal(world.upstream.store.size, before);
  });

  test("deletes what may be deleted", async () => {
    world.upstream.put(observation("gone", "ann", labelled(NORMAL)));
    assert.equal((await send("DELETE", "Observation/eve-lab", undefined)).status, 404);
    assert.equal((await send("DELETE", "Observation/none", undefined)).status, 404);
    assert.equal((await send("DELETE", "Observation/gone", undefined)).status, 204);
    assert.equal(world.upstream.store.get("Observation/gone")?.gone, true);
    assert.equal(world.upstream.store.get("Observation/eve-lab")?.gone, false);
  });
});

test("its log names what was asked and nobody", () => {
  const all = JSON.stringify(world.lines);
  assert.ok(world.lines.some(({ what, status }) => what === "search Observation" && status === 200));
  for (const secret of ["ann", "eve", "nora", "8302"]) assert.ok(!all.includes(`"${secret}`), secret);
});
