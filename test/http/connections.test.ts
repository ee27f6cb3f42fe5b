import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type PostgresRoom, postgresRoom } from "../storage/postgresServer.ts";
import { eventually } from "../support/eventually.ts";
import { AUTHORIZE, applyPolicy, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

let server: PostgresRoom;
before(async () => {
  server = await postgresRoom();
});
after(() => server.remove());

type Held = ReadonlyMap<string, number>;

/** What operating.md says that an instance holds: connections by application_name. */
function documented(): Held {
  const rows = readFileSync("docs/operating.md", "utf8").matchAll(/^\| `(scopewarden [a-z]+)` \| (\d+) \|/gm);
  return new Map([...rows].map(([, name = "", count]) => [name, Number(count)]));
}

async function held(url: string): Promise<Held> {
  const rows = await server.admin(
    `SELECT application_name AS name, COUNT(*)::int AS n FROM pg_stat_activity
     WHERE application_name LIKE 'scopewarden %' AND datname = current_database() GROUP BY 1`,
    url,
  );
  return new Map(rows.map(({ name, n }) => [String(name), Number(n)]));
}

/** The most of each kind that were held at one time, from now until it is told to stop. */
function watchHeld(url: string): { stop(): Promise<Held> } {
  const most = new Map<string, number>();
  let watching = true;
  const watch = (async () => {
    while (watching) for (const [name, n] of await held(url)) most.set(name, Math.max(most.get(name) ?? 0, n));
  })();
  return {
    async stop() {
      watching = false;
      await watch;
      return most;
    },
  };
}

const LIST = `{ decisions(first: 50) { edges { node { id } } }
  clients { edges { node { grants { scope } } } } }`;

/** Decisions, lists and policy changes, all at once. */
async function load(service: Service, key: string): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const asked = Array.from({ length: 40 }, (_, n) => [
      service.ask(AUTHORIZE, { variables: { input: { ...SMALL_REQUEST, requestId: `${n}` } }, key }),
      service.ask(LIST),
      ...(n % 10 === 0 ? [applyPolicy(service, [{ putRole: { name: `role-${round}-${n}` } }])] : []),
    ]);
    for (const answer of await Promise.all(asked.flat())) assert.equal(answer.body.errors, undefined, answer.text);
  }
}

test("an instance under load holds the connections that operating.md says and no more, and none when it has ended", async () => {
  const url = await server.freshDatabase();
  const watch = watchHeld(url);
  let most: Held = new Map();
  try {
    const service = await startService({ DATABASE_URL: url });
    try {
      await applyPolicy(service, SMALL_POLICY);
      await load(service, (await service.createKey("SERVICE")).key);
    } finally {
      await service.stop();
    }
  } finally {
    most = await watch.stop();
  }
  const allowed = documented();
  for (const [name, n] of most) assert.ok(n <= (allowed.get(name) ?? 0), `${n} of ${name}`);
  assert.ok((most.get("scopewarden read") ?? 0) > 4, "the load needs more than one kind of readers can give");
  assert.equal(most.get("scopewarden write"), 1);
  assert.equal(most.get("scopewarden listen"), 1);
  // The server may need a moment to notice.
  await eventually("it holds none", async () => (await held(url)).size === 0);
});
