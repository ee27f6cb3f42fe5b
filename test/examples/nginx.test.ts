import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { clientKey, post, seed } from "../http/authzenSupport.ts";
import { request, type Service, startService } from "../http/support.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/freePorts.ts";

const NGINX = "/usr/sbin/nginx";
const QUESTION = {
  subject: { type: "user", id: "nobody" },
  action: { name: "read" },
  resource: { type: "todo", id: "1" },
};

describe("examples/scale-out/nginx.conf", { skip: existsSync(NGINX) ? false : "nginx is not installed" }, () => {
  let service: Service;
  let folder: string;
  let key: string;
  let balancer: ReturnType<typeof spawn>;
  let front: Service;
  let received: string[] = [];
  /** An instance that dies with each request that it was sent. */
  const dying = createServer((sent, response) => {
    received.push(sent.url ?? "");
    response.destroy();
  });

  before(async () => {
    service = await startService({ SCOPEWARDEN_TRUSTED_PROXIES: "127.0.0.1" });
    await seed(service, "todo");
    ({ key } = await clientKey(service, "todo-app"));
    const port = await freePorts(2);
    await once(dying.listen(port + 1, "127.0.0.1"), "listening");
    folder = await mkdtemp(join(tmpdir(), "scopewarden-nginx-"));
    const config = (await readFile("examples/scale-out/nginx.conf", "utf8"))
      .replace("127.0.0.1:8443", `127.0.0.1:${port}`)
      .replace("127.0.0.1:4001", new URL(service.url).host)
      .replace("127.0.0.1:4002", `127.0.0.1:${port + 1}`)
      // So that the dying instance is asked each time.
      .replaceAll("max_fails=1", "max_fails=0")
      .replace(
        "http {",
        `http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;`,
      );
    const path = join(folder, "nginx.conf");
    await writeFile(path, config);
    const globals = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;`;
    balancer = spawn(NGINX, ["-e", `${folder}/error.log`, "-c", path, "-g", globals], { stdio: "inherit" });
    front = { ...service, url: `http://127.0.0.1:${port}` };
    await eventually("nginx answers", () =>
      request(`${front.url}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });
  after(async () => {
    balancer.kill("SIGTERM");
    if (balancer.exitCode === null) await once(balancer, "exit");
    dying.close();
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const askOften = async (url: string, body: object): Promise<number[]> => {
    received = [];
    const statuses: number[] = [];
    for (let n = 0; n < 10; n++) statuses.push((await post(front, url, body, { key })).status);
    return statuses;
  };

  test("asks a question of the other instance when one dies with it", async () => {
    assert.deepEqual(await askOften("/access/v1/evaluation", QUESTION), Array(10).fill(200));
    assert.ok(received.length > 0);
  });

  test("sends what may change something once, and says that it failed", async () => {
    const statuses = await askOften("/graphql", { query: "mutation { __typename }" });
    const failed = statuses.filter((status) => status === 502).length;
    assert.ok(failed > 0);
    assert.equal(failed, received.length);
    assert.equal(statuses.filter((status) => status === 200).length, 10 - failed);
  });

  test("sends all to the other instance when one is gone", async () => {
    dying.close();
    dying.closeAllConnections();
    assert.deepEqual(await askOften("/graphql", { query: "mutation { __typename }" }), Array(10).fill(200));
    assert.deepEqual(received, []);
  });
});
