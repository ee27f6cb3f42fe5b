import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { placeFile } from "../support/placeFile.ts";
import { applyPolicy, type Service, SMALL_POLICY, startService } from "./support.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-06-01T09:00:00Z");

describe("where requests come from", () => {
  const time = { now: START };
  let folder: string;
  let service: Service;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-places-"));
    const [countries, systems] = [join(folder, "country.mmdb"), join(folder, "asn.mmdb")];
    await writeFile(
      countries,
      placeFile("country", { "192.0.2.0/24": { country_code: "DE" }, "203.0.113.0/24": { country_code: "KP" } }),
    );
    await writeFile(systems, placeFile("asn", { "192.0.2.0/24": { autonomous_system_number: 64_500 } }));
    service = await startService({ SCOPEWARDEN_PLACE_DATA: `${countries},${systems}` }, { clock: () => time.now });
    const { body } = await applyPolicy(service, SMALL_POLICY);
    assert.equal(body.errors, undefined);
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const data = async (query: string, variables: unknown = {}): Promise<any> => {
    const { body } = await service.ask(query, { variables });
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  const reads = async (ipAddress: string) => {
    const input = {
      ...{ clientId: "reader-app", subject: { id: "rose" }, action: "read" },
      ...{ resource: { type: "Observation", id: "o1" }, context: { ipAddress } },
    };
    const query = "query($input: AuthorizeInput!) { authorize(input: $input) { outcome } }";
    assert.equal((await data(query, { input })).outcome, "ALLOW");
  };
  const found = async () => {
    await service.app.storage.untilFollowed();
    return (
      await data("{ findings { edges { node { detector subjectId clientId severity points sentence } } } }")
    ).edges
      .map(({ node }: { node: { detector: string } }) => node)
      .filter(({ detector }: { detector: string }) => detector === "NEW_NETWORK_OR_COUNTRY");
  };

  test("a country that is new for a person and a client is found as it happens; a private network is none", async () => {
    for (let day = 0; day < 20; day++) {
      await reads("192.0.2.10");
      await reads(`10.1.${day}.9`);
      time.now += DAY;
    }
    assert.deepEqual(await found(), []);
    await reads("203.0.113.5");
    const findings = await found();
    assert.equal(findings.length, 2);
    for (const { points, sentence } of findings) {
      assert.ok(points > 20, sentence);
      assert.match(sentence, /from the country KP for the first time in 90 days, and nobody else does/);
    }
  });

  test("a service whose file is not there or of another kind does not start, and says which setting", async () => {
    const other = join(folder, "domain.mmdb");
    await writeFile(other, placeFile("GeoIP2-Domain", { "192.0.2.0/24": { domain: "x" } }));
    for (const [path, why] of [
      [join(folder, "none.mmdb"), /SCOPEWARDEN_PLACE_DATA: .*none\.mmdb is not there/],
      [other, /SCOPEWARDEN_PLACE_DATA: .*domain\.mmdb is a file of another kind/],
    ] as const)
      await assert.rejects(startService({ SCOPEWARDEN_PLACE_DATA: path }), { name: "ConfigError", message: why });
  });
});
