import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createFailureLimit } from "../../src/http/failureLimit.ts";
import { ADMIN_KEY, type Answer, request, type Service, startService } from "./support.ts";

const LIMIT = 5;
let service: Service;
before(async () => {
  service = await startService({
    SCOPEWARDEN_AUTH_FAILURES: String(LIMIT),
    SCOPEWARDEN_TRUSTED_PROXIES: "127.0.0.1",
    SCOPEWARDEN_JWKS_URL: "http://127.0.0.1:9/jwks",
    SCOPEWARDEN_JWT_ISSUER: "https://as.test",
    SCOPEWARDEN_JWT_AUDIENCE: "urn:test",
  });
});
after(() => service.stop());

const ask = (key: string | null, address = "192.0.2.1"): Promise<Answer> =>
  service.ask("{ __typename }", { key, headers: { "x-forwarded-for": address } });
const wrong = (key: string): string => `${key.slice(0, -43)}${"A".repeat(43)}`;
async function fail(times: number, key: string, address?: string): Promise<void> {
  for (let n = 0; n < times; n++) assert.equal((await ask(key, address)).status, 401);
}

function limited(answer: Answer): void {
  assert.equal(answer.status, 429, answer.text);
  const seconds = Number(answer.headers.get("retry-after"));
  assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
}

test("failures with one key from one address are limited, and the right secret is accepted all the same", async () => {
  const { key } = await service.createKey("SERVICE");
  await fail(LIMIT, wrong(key));
  const answer = await ask(wrong(key));
  limited(answer);
  assert.equal(answer.body.errors[0].extensions.code, "TOO_MANY_FAILURES");
  assert.equal((await ask(key)).status, 200, "nobody can lock anybody out");
  limited(await ask(wrong(key)));
  assert.equal((await ask(wrong(key), "192.0.2.2")).status, 401, "another address");
  const { key: another } = await service.createKey("SERVICE");
  assert.equal((await ask(wrong(another))).status, 401, "another key");
});

test("what is no key at all is limited by its address; what comes without credentials is not", async () => {
  await fail(LIMIT, "guess", "192.0.2.10");
  limited(await ask("another-guess", "192.0.2.10"));
  for (let n = 0; n < LIMIT * 2; n++) assert.equal((await ask(null, "192.0.2.11")).status, 401);
  assert.equal((await ask(ADMIN_KEY, "192.0.2.10")).status, 200);
});

test("AuthZEN's answer has the status and the header too, in its own form", async () => {
  const asked = (): Promise<Answer> =>
    request(`${service.url}/access/v1/evaluation`, {
      method: "POST",
      headers: {
        authorization: "Bearer guess",
        "content-type": "application/json",
        "x-forwarded-for": "192.0.2.20",
      },
      body: "{}",
    });
  for (let n = 0; n < LIMIT; n++) assert.equal((await asked()).status, 401);
  const answer = await asked();
  limited(answer);
  assert.deepEqual([answer.body.error.status, answer.body.error.code], [429, "TOO_MANY_FAILURES"]);
});

test("who is trusted to name an address is believed, and nobody else", async () => {
  const open = await startService({ SCOPEWARDEN_AUTH_FAILURES: String(LIMIT) });
  const asked = (address: string): Promise<Answer> =>
    open.ask("{ __typename }", {
      key: "guess",
      headers: { "x-forwarded-for": address, forwarded: `for=${address}` },
    });
  try {
    for (let n = 0; n < LIMIT; n++) assert.equal((await asked(`192.0.2.${n}`)).status, 401);
    limited(await asked("192.0.2.99"));
  } finally {
    await open.stop();
  }
  // A caller behind the proxy writes into the header what it likes; the proxy adds where that came from.
  await fail(LIMIT, "guess", "192.0.2.30");
  limited(await ask("guess", "198.51.100.1, 192.0.2.30"));
});

const token = (claims: object): string =>
  `a.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${"c".repeat(20)}`;

test("tokens are told apart by the client that they claim, and addresses of one IPv6 network are one", async () => {
  const limit = createFailureLimit({ perMinute: 2 });
  const failed = (authorization: string, address: string) =>
    limit.failed({ kind: "invalid_token", address, authorization: `Bearer ${authorization}` });
  const a = token({ client_id: "a", sub: "x" });
  assert.equal(await failed(a, "2001:db8::1"), null);
  assert.equal(await failed(token({ client_id: "a", sub: "y" }), "2001:0DB8:0:0:5:6:7:8"), null);
  assert.ok(Number(await failed(a, "2001:db8:0:0::9")) >= 1);
  assert.equal(await failed(a, "2001:db8:0:1::9"), null, "another network");
  assert.equal(await failed(token({ client_id: "b" }), "2001:db8::1"), null, "another client");
  for (let n = 0; n < 2; n++) assert.equal(await failed(a, "::ffff:192.0.2.7"), null);
  assert.ok(Number(await failed(a, "192.0.2.7")) >= 1, "one address, spelt in two ways");
});

test("an outage of what decides who someone is counts for nobody", async () => {
  const limit = createFailureLimit({ perMinute: 1 });
  for (let n = 0; n < 5; n++)
    assert.equal(await limit.failed({ kind: "unavailable", address: "192.0.2.1", authorization: "Bearer x" }), null);
});

test("a flood of addresses takes no memory beyond that of the counters", { timeout: 300_000 }, async () => {
  const limit = createFailureLimit({ perMinute: 20 });
  const flood = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++)
      await limit.failed({
        kind: "unknown_key",
        address: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
        authorization: `Bearer swk_${String(n).padStart(12, "0")}_${"A".repeat(43)}`,
      });
  };
  await flood(0, 200_000);
  assert.ok(limit.counters <= 65_536, `${limit.counters}`);
  assert.ok(limit.counters > 60_000, "the flood reached nearly all of them");
});
