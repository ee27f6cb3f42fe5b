import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { loadConfig, VARIABLES } from "../../src/config.ts";

type Env = Readonly<Record<string, string>>;

const read = (path: string) => readFileSync(path, "utf8");
const dockerfile = read("Dockerfile");
const unit = read("deploy/scopewarden.service");
const compose = parse(read("compose.yaml")).services;
const [deployment] = parseAllDocuments(read("deploy/kubernetes.yaml")).map((one) => one.toJS());
const [container] = deployment.spec.template.spec.containers;

const pairs = (text: string): Env => Object.fromEntries(text.split(/\s+/).map((pair) => pair.split(/=(.*)/s)));
const image = pairs(/^ENV (.*)$/m.exec(dockerfile)?.[1] ?? "");
const filled = (env: Env): Env =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replace(/\$\{\w+:\?\}/g, "0123456789".repeat(4))]),
  );

/** What a service that is started so finds in its environment. */
const STARTED: Readonly<Record<string, Env>> = {
  Dockerfile: image,
  "compose.yaml": { ...image, ...filled(compose.scopewarden.environment) },
  "deploy/scopewarden.service": pairs([...unit.matchAll(/^Environment=(.*)$/gm)].map(([, pair]) => pair).join(" ")),
  "deploy/kubernetes.yaml": {
    ...image,
    ...Object.fromEntries(container.env.map(({ name, value }: { name: string; value: string }) => [name, value])),
  },
};

describe("what starts the service elsewhere", () => {
  for (const [file, env] of Object.entries(STARTED))
    test(`${file} sets what the service understands, for production`, () => {
      const known = new Set(VARIABLES.map(({ name }) => name));
      assert.deepEqual(
        Object.keys(env).filter((name) => !known.has(name)),
        [],
      );
      assert.equal(env.NODE_ENV, "production");
      assert.doesNotThrow(() => loadConfig(env));
    });

  test("image and unit start the program of the package", () => {
    const [program] = Object.values(JSON.parse(read("package.json")).bin);
    for (const text of [dockerfile, unit]) assert.ok(text.includes(`/node_modules/scopewarden/${program}`));
    assert.ok(existsSync(compose["authorization-server"].command.at(-1)));
  });

  test("where nothing but folders may be written, these are there for data and for /tmp", () => {
    assert.ok(container.securityContext.readOnlyRootFilesystem && compose.scopewarden.read_only);
    assert.deepEqual(
      container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath),
      ["/tmp", "/data"],
    );
    assert.deepEqual([compose.scopewarden.tmpfs, compose.scopewarden.volumes], [["/tmp"], ["scopewarden:/data"]]);
    assert.match(image.DATABASE_URL ?? "", /^sqlite:\/data\//);
  });

  test("an instance goes on answering for longer than its probe takes to notice, and is not killed before it has ended", () => {
    const { periodSeconds, failureThreshold } = container.readinessProbe;
    const drain = Number(STARTED["deploy/kubernetes.yaml"]?.SCOPEWARDEN_DRAIN_MS);
    const shutdown = Number(STARTED["deploy/kubernetes.yaml"]?.SCOPEWARDEN_SHUTDOWN_TIMEOUT_MS);
    assert.ok(drain > periodSeconds * failureThreshold * 1000 && shutdown > drain);
    assert.ok(deployment.spec.template.spec.terminationGracePeriodSeconds * 1000 > shutdown);
  });

  test("the image's health check follows /readyz", async () => {
    const [, ...args] = JSON.parse(/^HEALTHCHECK[\s\S]*?CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "");
    let status = 200;
    const asked = new Set<string | undefined>();
    const server = createServer((request, response) => {
      asked.add(request.url);
      response.writeHead(status, { connection: "close" }).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const env = { PORT: String((server.address() as AddressInfo).port) };
    const check = async () => (await once(spawn(process.execPath, args, { env }), "close"))[0];
    assert.equal(await check(), 0);
    status = 503;
    assert.equal(await check(), 1);
    server.close();
    await once(server, "close");
    assert.equal(await check(), 1);
    assert.deepEqual([...asked], ["/readyz"]);
  });
});
