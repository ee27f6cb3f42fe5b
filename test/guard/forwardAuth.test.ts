import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Guard } from "../../guard/src/server.ts";
import { request } from "../http/support.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/freePorts.ts";
import { SECRET } from "./fhirServer.ts";
import { type GuardWorld, labelled, NORMAL, observation, startGuardWorld } from "./guardWorld.ts";

const NGINX = "/usr/sbin/nginx";

let world: GuardWorld;
let guard: Guard;
let nora: string;
before(async () => {
  world = await startGuardWorld();
  guard = await world.another({ forwardAuthFrom: new Set(["127.0.0.1"]) });
  nora = await world.token();
  world.upstream.put(
    observation("childs", "ann", { ...labelled(NORMAL), focus: [{ reference: "Patient/eve", display: "Eve Ebert" }] }),
  );
});
after(() => world.close());

/** As a proxy asks it. */
const ask = (headers: Readonly<Record<string, string>>, token: string | null = nora, at = guard, method = "GET") =>
  request(`${at.url}/forward-auth`, {
    method,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
  });
const get = (path: string, token?: string) =>
  ask({ "x-forwarded-method": "GET", "x-forwarded-uri": `/r4/${path}` }, token);

describe("a proxy that asks first", () => {
  test("hears that a resource may be had whole", async () => {
    for (const path of ["Patient/ann", "Observation/ann-exact", "Observation/ann-lab/_history/1"]) {
      const { headers, status, text } = await get(path);
      assert.deepEqual([status, text, headers.get("etag")], [204, "", null], path);
    }
    assert.equal((await ask({ "x-forwarded-method": "HEAD", "x-forwarded-uri": "/r4/Patient/ann" })).status, 204);
  });

  test("hears one and the same of what is hidden, not there, or not whole", async () => {
    const narrow = await world.token({ scope: "user/MedicationRequest.rs" });
    const answers = [
      await get("MedicationRequest/ann-drug", narrow),
      ...(await Promise.all(
        ["Patient/eve", "Patient/none", "Observation/bob-secret", "Observation/childs", "Binary/scan"].map((path) =>
          get(path),
        ),
      )),
    ];
    assert.equal((await get("MedicationRequest/ann-drug")).status, 204);
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map(() => 403),
    );
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  });

  test("gets nothing through but a read on a path that is written in one way", async () => {
    const asked = world.upstream.asked.length;
    for (const path of [
      ...["Observation", "Patient/ann?_format=xml", "Patient/ann?", "Patient/ann/$everything", "Patient/ann/_history"],
      ...[
        "/Patient/ann",
        "Patient/ann/",
        "Observation/../Patient/ann",
        "Patient/%61nn",
        "Patient;a/ann",
        "metadata",
        "",
      ],
    ])
      assert.equal((await get(path)).status, 403, path);
    const uri = { "x-forwarded-uri": "/r4/Patient/ann" };
    for (const method of ["PUT", "DELETE", "POST", "PATCH", "get", ""])
      assert.equal((await ask({ ...uri, "x-forwarded-method": method })).status, 403, method);
    assert.equal((await ask(uri)).status, 403);
    assert.equal((await ask({ "x-forwarded-method": "GET" })).status, 403);
    assert.equal((await ask({ "x-forwarded-method": "GET", "x-forwarded-uri": "/r5/Patient/ann" })).status, 403);
    assert.equal((await ask({ ...uri, "x-forwarded-method": "GET" }, nora, guard, "POST")).status, 405);
    assert.equal(world.upstream.asked.length, asked);
  });

  test("hears nothing of a path that is said twice", async () => {
    const { hostname, port } = new URL(guard.url);
    const headers = ["authorization", `Bearer ${nora}`, "x-forwarded-method", "GET"];
    for (const uris of [["/r4/Patient/ann", "/r4/Patient/ann"], ["/r4/Patient/ann"]]) {
      const all = [...headers, ...uris.flatMap((uri) => ["x-forwarded-uri", uri])];
      const sent = httpRequest({ hostname, port, path: "/forward-auth", headers: ["host", hostname, ...all] });
      sent.end();
      const [answer] = await once(sent, "response");
      answer.resume();
      assert.equal(answer.statusCode, uris.length === 1 ? 204 : 403);
    }
  });

  test("must be one that is known, and pass a token on", async () => {
    const headers = { "x-forwarded-method": "GET", "x-forwarded-uri": "/r4/Patient/ann" };
    assert.equal((await ask(headers, nora, world.guard)).status, 404);
    const other = await world.another({ forwardAuthFrom: new Set(["192.0.2.1"]) });
    assert.equal((await ask(headers, nora, other)).status, 404);
    const none = await ask(headers, null);
    assert.deepEqual([none.status, none.headers.get("www-authenticate")], [401, 'Bearer realm="fhir"']);
  });
});

describe("nginx as docs/guard.md sets it up", { skip: existsSync(NGINX) ? false : "nginx is not installed" }, () => {
  let folder: string;
  let url: string;
  let nginx: ReturnType<typeof spawn>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-nginx-"));
    const port = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    const [, locations = ""] = /```nginx\n(.*?)```/s.exec(await readFile("docs/guard.md", "utf8")) ?? [];
    const set = locations
      .replace("http://127.0.0.1:4080", guard.url)
      .replace("http://fhir.internal/fhir", world.upstream.url)
      .replace('"Basic ..."', `"${SECRET}"`);
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const config = `events {} http { access_log off; ${paths.join(" ")} server { listen 127.0.0.1:${port}; ${set} } }`;
    await writeFile(join(folder, "nginx.conf"), config);
    const globals = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;`;
    nginx = spawn(NGINX, ["-e", `${folder}/error.log`, "-c", join(folder, "nginx.conf"), "-g", globals], {
      stdio: "inherit",
    });
    await eventually("nginx answers", () =>
      request(`${url}/`).then(
        () => true,
        () => false,
      ),
    );
  });
  after(async () => {
    nginx.kill("SIGTERM");
    if (nginx.exitCode === null) await once(nginx, "exit");
    await rm(folder, { recursive: true, force: true });
  });

  /** The path as it stands here, which `fetch` would tidy. */
  async function through(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") {
    const { hostname, port } = new URL(url);
    const sent = httpRequest({
      hostname,
      port,
      path,
      method,
      headers: { authorization: `Bearer ${nora}`, ...headers },
    });
    sent.end(method === "PUT" ? '{"resourceType":"Patient","id":"ann"}' : undefined);
    const [answer] = await once(sent, "response");
    let text = "";
    for await (const chunk of answer) text += String(chunk);
    return { status: answer.statusCode as number, text, headers: answer.headers as Record<string, string> };
  }

  test("lets through what may be had, and nothing of the client's but the path", async () => {
    const { status, text } = await through("/r4/Patient/ann", {
      ...{
        "x-http-method-override": "DELETE",
        cookie: "a=b",
        accept: "text/html",
        "x-forwarded-uri": "/r4/Patient/eve",
      },
    });
    assert.deepEqual([status, JSON.parse(text).id], [200, "ann"]);
    const { headers, method, url: asked } = world.upstream.asked.at(-1) ?? {};
    assert.deepEqual([method, asked, headers?.authorization], ["GET", "/fhir/Patient/ann", SECRET]);
    for (const name of ["x-http-method-override", "cookie", "x-forwarded-uri"])
      assert.equal(headers?.[name], undefined);
    assert.equal(headers?.accept, "application/fhir+json");
  });

  test("holds back what may not, whatever the client says besides", async () => {
    const forged = {
      "x-forwarded-uri": "/r4/Patient/ann",
      "x-forwarded-method": "GET",
      "x-original-uri": "/r4/Patient/ann",
    };
    for (const path of [
      "Patient/eve",
      "Patient/none",
      "Observation",
      "Observation?_id=eve-lab",
      "metadata",
      "_history",
    ])
      assert.equal((await through(`/r4/${path}`, forged)).status, 403, path);
    for (const path of [
      "//r4/Patient/ann",
      "/r4//Patient/ann",
      "/r4/Observation/../Patient/ann",
      "/r4/Patient/%61nn",
      "/r4/Observation/ann-lab%2f..%2f..%2fPatient/eve",
    ])
      assert.equal((await through(path, forged)).status, 403, path);
    for (const method of ["PUT", "DELETE", "POST"])
      assert.equal((await through("/r4/Patient/ann", forged, method)).status, 403, method);
    assert.equal((await through("/_guard", forged)).status, 404);
    assert.equal(JSON.parse(world.upstream.store.get("Patient/ann")?.versions.at(-1) ?? "{}").name[0].family, "Abel");
  });

  test("says who must sign in", async () => {
    const { headers, status } = await through("/r4/Patient/ann", { authorization: "Bearer x" });
    assert.deepEqual([status, headers["www-authenticate"]], [401, 'Bearer realm="fhir", error="invalid_token"']);
  });
});
