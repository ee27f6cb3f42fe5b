import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { cleanEnv, MAIN, temporaryFolder } from "../cli/support.ts";
import { connect, until } from "./support.ts";

test("demo with workers: the hospital decides in all, the keys open all, and the log stays off standard output", async () => {
  const child = spawn(process.execPath, [...MAIN, "demo"], {
    cwd: await temporaryFolder(),
    env: cleanEnv({ PORT: "0", SCOPEWARDEN_WORKERS: "2", LOG_LEVEL: "info" }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  after(() => child.kill("SIGKILL"));
  let [out, log] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const exit = once(child, "exit");
  await until(
    () => out.includes("Ctrl-C stops it.\n") || child.exitCode !== null,
    () => out + log,
  );
  assert.match(out, /with the demo hospital at policy revision 1\./);
  const url = /GraphQL +(\S+)\/graphql/.exec(out)?.[1] ?? "";
  const key = /^ {2}service +(swk_\S+)/m.exec(out)?.[1] ?? "";
  const body = /-d '(.*)'$/m.exec(out)?.[1] ?? "";
  const { query, variables } = JSON.parse(body);
  const connections = Array.from({ length: 4 }, () => connect(url));
  for (const answer of await Promise.all(connections.map((connection) => connection.ask(query, variables, key))))
    assert.equal(answer.body.data?.authorize.outcome, "ALLOW", answer.text);
  for (const connection of connections) connection.close();
  child.kill("SIGINT");
  assert.deepEqual(await exit, [0, null]);
  assert.ok(!out.includes('"msg"'), out);
  assert.match(log, /"worker":1[\s\S]*"msg":"request"/);
});
