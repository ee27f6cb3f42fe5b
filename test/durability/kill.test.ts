import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspectDatabase } from "../../src/storage/check/inspectDatabase.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { allDecisions } from "../storage/allDecisions.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { killRounds } from "../storage/killRounds.ts";
import { argumentsOf } from "../support/program.ts";

/** Rounds of the whole service over HTTP, and of the domain and storage alone, which start faster. */
const HTTP_ROUNDS = killRounds(6);
const DOMAIN_ROUNDS = killRounds(12);
const POLICY_ROUNDS = killRounds(6);
/** Times as many rounds, at most, until a kill came in the middle of something. */
const MOST = 10;
/** Of a revision; it is written in six parts. */
const ROLES = 1_500;
const KEY = "kill-test-admin-key-0123456789abcdef01234567";

const folder = mkdtempSync(join(tmpdir(), "scopewarden-kill-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Runs a child, and kills it so long after it has said that it is ready; answers with the lines that it acknowledged. */
async function killedChild(args: readonly string[], afterMs: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`the child ended: ${text.slice(-200)}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.startsWith("ready\n")) resolve();
    });
  });
  await sleep(afterMs);
  assert.equal(child.exitCode, null, "the child ended by itself");
  const drained = new Promise((resolve) => child.stdout.once("close", resolve));
  await killed(child);
  await drained;
  // The last line may be cut; whole ones were acknowledged.
  return text.slice(0, text.lastIndexOf("\n")).split("\n").slice(1);
}

/** After a kill: the index may lack the newest decisions, and no other. Answers with how many it lacked. */
async function checkIndex(url: string): Promise<number> {
  const [row] = await sqliteRaw(
    url,
    `WITH e(seq) AS (SELECT COALESCE(MAX(seq), 0) FROM decision_index)
     SELECT (SELECT COUNT(*) FROM journal, e WHERE journal.kind = 'DECISION' AND journal.seq <= e.seq) AS journal,
       (SELECT COUNT(*) FROM decision_index JOIN journal USING (seq)) AS "index", (SELECT COUNT(*) FROM journal WHERE kind = 'DECISION') AS "all"`,
  );
  assert.equal(row?.index, row?.journal, "a decision is missing from the index");
  return Number(row?.all) - Number(row?.index);
}

/** Every decision in the journal, by id; fails on a doubled id or request id, and if a search does not find them all. */
async function journalOf(url: string): Promise<Map<string, string | null>> {
  const storage = await openStorage({ url, clock: Date.now });
  try {
    const found = new Map<string, string | null>();
    const requestIds = new Set<string>();
    let rows = 0;
    const all = await allDecisions(storage, {});
    for (const node of all) {
      rows++;
      found.set(node.id, node.request.requestId);
      if (node.request.requestId !== null) requestIds.add(node.request.requestId);
    }
    assert.deepEqual(await allDecisions(storage, { kind: "ACCESS" }), all);
    assert.equal(found.size, rows, "an id stands twice");
    assert.equal(requestIds.size, rows, "a request id stands twice");
    return found;
  } finally {
    await storage.close();
  }
}

function checkAcknowledged(
  acknowledged: ReadonlySet<string>,
  journal: ReadonlyMap<string, string | null>,
  rounds: number,
): void {
  const lost = [...acknowledged].filter((id) => !journal.has(id));
  assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.size} acknowledged decisions were lost`);
  assert.ok(acknowledged.size >= rounds, `only ${acknowledged.size} decisions were acknowledged in ${rounds} rounds`);
}

describe("SIGKILL under load", () => {
  test(`${HTTP_ROUNDS} times, the whole service: every acknowledged decision stands once`, async (t) => {
    const url = `sqlite:${join(folder, "http.db")}`;
    const acknowledged = new Set<string>();
    let lacking = 0;
    let pending: { readonly requestId: string } | null = null;
    for (let round = 0; round < HTTP_ROUNDS || (lacking === 0 && round < MOST * HTTP_ROUNDS); round++) {
      const env = {
        PATH: process.env.PATH,
        PORT: "0",
        DATABASE_URL: url,
        LOG_LEVEL: "info",
        SCOPEWARDEN_ADMIN_KEY: KEY,
        NODE_ENV: "production",
      };
      const child = spawn(process.execPath, argumentsOf("src/main.ts"), { env, stdio: ["ignore", "pipe", "inherit"] });
      const address = await new Promise<string>((resolve, reject) => {
        child.once("exit", (code) => reject(new Error(`the service ended with ${code}`)));
        createInterface({ input: child.stdout }).on("line", (line) => {
          const entry = JSON.parse(line) as { msg?: string; url?: string };
          if (entry.msg === "listening") resolve(entry.url ?? "");
        });
      });
      const ask = async (size: number, requestIds: readonly string[]): Promise<readonly string[]> => {
        const inputs = requestIds.map((requestId) => ({
          clientId: "ehr",
          action: "read",
          resource: { type: "Observation" },
          requestId,
        }));
        const query =
          size === 1
            ? "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id } }"
            : "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { id outcome reasons { code } } }";
        const response = await fetch(`${address}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
          body: JSON.stringify({ query, variables: { inputs } }),
        });
        const body = (await response.json()) as { data: { authorizeBatch: { id: string }[] } };
        assert.equal(response.status, 200, JSON.stringify(body));
        return body.data.authorizeBatch.map(({ id }) => id);
      };
      // What was under way when the last process died is asked again: one decision, whether or not the first one stood.
      if (pending !== null)
        for (const id of await ask(1, [(pending as { requestId: string }).requestId])) acknowledged.add(id);
      let dead = false;
      const lane = async (size: number): Promise<void> => {
        while (!dead) {
          const requestIds = Array.from({ length: size }, () => randomUUID());
          if (size === 1) pending = { requestId: requestIds[0] ?? "" };
          try {
            for (const id of await ask(size, requestIds)) acknowledged.add(id);
          } catch (error) {
            if (!dead || error instanceof assert.AssertionError) throw error;
          }
        }
      };
      const lanes = Promise.all([1, 1, 1, 1, 3, 10].map(lane));
      await sleep(randomInt(20, 250));
      dead = true;
      await killed(child);
      await lanes;
      lacking = Math.max(lacking, await checkIndex(url));
    }
    const journal = await journalOf(url);
    checkAcknowledged(acknowledged, journal, HTTP_ROUNDS);
    assert.ok(lacking > 0, "no kill came while the index was behind");
    t.diagnostic(
      `${acknowledged.size} acknowledged, ${journal.size} in the journal; the index lacked ${lacking} at most`,
    );
  });

  test(`${DOMAIN_ROUNDS} times, domain and storage: every acknowledged decision stands once`, async (t) => {
    const url = `sqlite:${join(folder, "domain.db")}`;
    const acknowledged = new Set<string>();
    let lacking = 0;
    for (let round = 0; round < DOMAIN_ROUNDS || (lacking === 0 && round < MOST * DOMAIN_ROUNDS); round++) {
      for (const id of await killedChild([...argumentsOf("test/durability/domainChild.ts"), url], randomInt(5, 120)))
        acknowledged.add(id);
      lacking = Math.max(lacking, await checkIndex(url));
    }
    const journal = await journalOf(url);
    checkAcknowledged(acknowledged, journal, DOMAIN_ROUNDS);
    assert.ok(lacking > 0, "no kill came while the index was behind");
    t.diagnostic(
      `${acknowledged.size} acknowledged, ${journal.size} in the journal; the index lacked ${lacking} at most`,
    );
  });

  test(`${POLICY_ROUNDS} times, amid revisions of many rows: the old one or the new one stands whole`, async (t) => {
    const url = `sqlite:${join(folder, "policy.db")}`;
    let acknowledged = 0;
    let unfinished = 0;
    for (let round = 0; round < POLICY_ROUNDS || (unfinished === 0 && round < MOST * POLICY_ROUNDS); round++) {
      const lines = await killedChild(
        [...argumentsOf("test/durability/policyChild.ts"), url, String(ROLES)],
        randomInt(5, 500),
      );
      acknowledged = Math.max(acknowledged, Number(lines.at(-1) ?? 0));
      const [row] = await sqliteRaw(
        url,
        "SELECT (SELECT MAX(revision) FROM policy_revision) AS head, writing FROM policy_unfinished",
      );
      if (row?.writing !== null) unfinished++;
      const inspected = await inspectDatabase(url);
      assert.ok(inspected !== null && inspected !== "absent");
      assert.deepEqual(inspected.findings, []);
      const storage = await openStorage({ url, clock: Date.now });
      const { revision, roles } = await storage.policy.load();
      await storage.close();
      assert.equal(revision, Number(row?.head ?? 0));
      assert.ok(revision === acknowledged || revision === acknowledged + 1, `${revision}, ${acknowledged}`);
      acknowledged = revision;
      const count = revision === 0 ? 0 : revision % 2 === 1 ? ROLES : ROLES - ROLES / 3;
      assert.equal(roles.size, count);
      for (const { description } of roles.values()) assert.equal(description, `as of ${revision}`);
    }
    assert.ok(unfinished > 0, "no kill came while a revision was half written");
    t.diagnostic(`${acknowledged} revisions; ${unfinished} times one was half written`);
  });
});
