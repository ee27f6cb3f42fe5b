import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { AUTHORIZE, SMALL_POLICY, SMALL_REQUEST } from "../http/support.ts";
import { type Backend, backends } from "../storage/backends.ts";
import { alive, type Connection, cleanUp, type Running, start, until } from "./support.ts";

const APPLY =
  'mutation($operations: [PolicyOperation!]!) { applyPolicy(input: { operations: $operations, reason: "test" }) { revision } }';
const CREATE_KEY =
  'mutation { createApiKey(input: { name: "test", roles: [SERVICE] }, reason: "test") { key apiKey { id } } }';
const REVOKE = 'mutation($id: ID!) { revokeApiKey(id: $id, reason: "test") { apiKey { revokedAt } } }';

after(cleanUp);

for (const { name, start: startBackend } of backends) {
  describe(`two workers on ${name}`, () => {
    let backend: Backend;
    let url: string;
    let service: Running;
    /** Connections are dealt to the workers in turn, so that some reach each. */
    let connections: readonly Connection[];

    before(async () => {
      backend = await startBackend();
      url = await backend.fresh();
      // No look of its own tells a worker of a change, within this test.
      service = await start({
        DATABASE_URL: url,
        SCOPEWARDEN_POLICY_POLL_MS: "3600000",
        SCOPEWARDEN_SUNSET_POLL_MS: "50",
      });
      connections = Array.from({ length: 8 }, () => service.connect());
    });
    after(async () => {
      await service?.stop();
      await backend?.stop();
    });

    const [first, second] = [() => connections[0] as Connection, () => connections[1] as Connection];
    const everywhere = <T>(work: (connection: Connection, i: number) => Promise<T>): Promise<readonly T[]> =>
      Promise.all(connections.map(work));
    const idsInJournal = async (): Promise<readonly string[]> =>
      (await backend.raw(url, 'SELECT "id" FROM decision')).map(({ id }) => String(id)).sort();

    test("both answer, from one address that is announced once, and the journal has exactly what was answered", async () => {
      const answers = await everywhere(async (connection) => {
        const ids: string[] = [];
        for (let i = 0; i < 20; i++) {
          const { body } = await connection.ask(AUTHORIZE, { input: SMALL_REQUEST });
          assert.equal(body.data.authorize.outcome, "DENY");
          ids.push(body.data.authorize.id);
        }
        return ids;
      });
      assert.deepEqual(await idsInJournal(), answers.flat().sort());
      const requests = service.lines().filter(({ msg }) => msg === "request");
      assert.deepEqual([...new Set(requests.map(({ worker }) => worker))].sort(), [1, 2]);
      assert.equal(service.lines().filter((line) => "url" in line).length, 1);
    });

    test("a policy change through one decides in all before it is answered", async () => {
      const { body } = await second().ask(APPLY, { operations: SMALL_POLICY });
      assert.equal(body.data.applyPolicy.revision, 1);
      const seen = await everywhere((connection) => connection.ask(AUTHORIZE, { input: SMALL_REQUEST }));
      assert.deepEqual(
        seen.map(({ body: { data } }) => [data.authorize.outcome, data.authorize.policyRevision]),
        connections.map(() => ["ALLOW", 1]),
      );
    });

    test("changes through both at once are all made, and then decide in all", async () => {
      const made = await everywhere((connection, i) =>
        connection.ask(APPLY, { operations: [{ putClient: { id: `client-${i}`, name: "c" } }] }),
      );
      const revisions = made.map(({ body, text }) => body.data?.applyPolicy?.revision ?? text);
      assert.deepEqual([...revisions].sort(), [2, 3, 4, 5, 6, 7, 8, 9]);
      const seen = await everywhere((connection) => connection.ask(AUTHORIZE, { input: SMALL_REQUEST }));
      for (const { body } of seen) assert.equal(body.data.authorize.policyRevision, 9);
    });

    test("one request id asked of both at once is one decision", async () => {
      for (let i = 0; i < 20; i++) {
        const requestId = randomUUID();
        const answers = await everywhere((connection) =>
          connection.ask(AUTHORIZE, { input: { ...SMALL_REQUEST, requestId } }),
        );
        const ids = new Set(answers.map(({ body, text }) => body.data?.authorize?.id ?? text));
        assert.equal(ids.size, 1, [...ids].join(" "));
        const rows = await backend.raw(url, `SELECT "id" FROM decision WHERE "request_id" = '${requestId}'`);
        assert.deepEqual(
          rows.map(({ id }) => id),
          [...ids],
        );
      }
    });

    test("the same id for another question is refused, whichever worker is asked", async () => {
      const requestId = randomUUID();
      await first().ask(AUTHORIZE, { input: { ...SMALL_REQUEST, requestId } });
      for (const { body } of await everywhere((connection) =>
        connection.ask(AUTHORIZE, { input: { ...SMALL_REQUEST, action: "delete", requestId } }),
      ))
        assert.equal(body.errors[0].extensions.code, "BAD_USER_INPUT");
    });

    test("a revoked key works nowhere once that is answered", async () => {
      const { body } = await first().ask(CREATE_KEY);
      const { key, apiKey } = body.data.createApiKey;
      const use = () => everywhere(async (connection) => (await connection.ask("{ __typename }", {}, key)).status);
      assert.deepEqual(new Set(await use()), new Set([200]));
      const revoked = await second().ask(REVOKE, { id: apiKey.id });
      assert.equal(typeof revoked.body.data?.revokeApiKey?.apiKey.revokedAt, "string", revoked.text);
      assert.deepEqual(new Set(await use()), new Set([401]));
    });

    test("metrics add up over the workers, whichever is asked", async () => {
      const decided = (await idsInJournal()).length;
      for (const { text } of await everywhere((connection) => connection.get("/metrics"))) {
        const sum = [...text.matchAll(/^scopewarden_decision_seconds_count\{.*\} (\d+)$/gm)].reduce(
          (total, [, n]) => total + Number(n),
          0,
        );
        // Answers that repeat an earlier decision count too.
        assert.ok(sum >= decided, `${sum} answers, ${decided} decisions`);
        assert.match(text, /^scopewarden_policy_revision 9$/m);
        assert.match(text, /^scopewarden_journal_queued 0$/m);
        assert.match(text, /^scopewarden_process_start_time_seconds \d+/m);
      }
      const before = counted((await first().get("/metrics")).text);
      await everywhere((connection) => connection.ask(AUTHORIZE, { input: SMALL_REQUEST }));
      assert.equal(counted((await second().get("/metrics")).text) - before, connections.length);
    });

    test("readiness is that of the worker's policy and the primary's journal", async () => {
      for (const { status, body } of await everywhere((connection) => connection.get("/readyz"))) {
        assert.equal(status, 200);
        assert.deepEqual(body.checks, { policy: "ok", journal: "ok", draining: false });
      }
    });

    test("a sunset is seen, though the worker that looked for it is gone; counts stay", async () => {
      const before = counted((await first().get("/metrics")).text);
      for (const number of [1, 2]) {
        const pid = service.workers().get(number) ?? 0;
        process.kill(pid, "SIGKILL");
        await until(() => service.workers().get(number) !== pid && !alive(pid), service.output);
      }
      const connection = service.connect();
      assert.equal(counted((await connection.get("/metrics")).text), before);
      const sunsetAt = new Date(Date.now() + 1500).toISOString();
      const { body, text } = await connection.ask(APPLY, {
        operations: [{ deprecateScope: { name: "view_observations", sunsetAt } }],
      });
      assert.equal(body.data?.applyPolicy?.revision, 10, text);
      await until(async () => {
        const answer = await connection.ask("{ policyRevisions(first: 1) { edges { node { revision author } } } }");
        const { node } = answer.body.data.policyRevisions.edges[0];
        return node.revision === 11 && node.author !== "key:admin";
      }, service.output);
    });
  });
}

const counted = (text: string): number =>
  [...text.matchAll(/^scopewarden_decisions_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
