import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openPlaces } from "../../src/process/places.ts";
import { placeFile } from "../support/placeFile.ts";

describe("places", () => {
  let folder: string;
  const file = async (name: string, content: Buffer | string) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-places-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test("are countries and autonomous systems, by either spelling, and the first file that knows one", async () => {
    const countries = await file(
      "countries.mmdb",
      placeFile("GeoLite2-Country", {
        "192.0.2.0/24": { country: { iso_code: "DE" } },
        "2001:db8::/32": { country_code: "FR" },
        "198.51.100.0/25": { country_code: "Atlantis" },
      }),
    );
    const systems = await file(
      "asn.mmdb",
      placeFile("asn ipvAll", {
        "192.0.2.0/25": { autonomous_system_number: 64_500, autonomous_system_organization: "Example" },
        "198.51.100.0/24": { autonomous_system_number: 64_501, country_code: "AT" },
      }),
    );
    const placeOf = await openPlaces([countries, systems]);
    assert.deepEqual(placeOf("192.0.2.7"), { network: "192.0.2.0/24", country: "DE", autonomousSystem: 64_500 });
    assert.deepEqual(placeOf("::ffff:192.0.2.200"), { network: "192.0.2.0/24", country: "DE", autonomousSystem: null });
    assert.deepEqual(placeOf("198.51.100.9"), { network: "198.51.100.0/24", country: "AT", autonomousSystem: 64_501 });
    assert.deepEqual(placeOf("2001:db8:7::1"), { network: "2001:db8:7::/48", country: "FR", autonomousSystem: null });
    assert.deepEqual(placeOf("203.0.113.9"), { network: "203.0.113.0/24", country: null, autonomousSystem: null });
  });

  test("are not of private addresses, nor of what is none, whatever a file says", async () => {
    const path = await file("private.mmdb", placeFile("country", { "0.0.0.0/1": { country_code: "AU" } }));
    const placeOf = await openPlaces([path]);
    for (const address of ["10.1.2.3", "127.0.0.1", "fd00::1", "ward-3", "1.2.3", ""])
      assert.equal(placeOf(address), null, address);
    assert.equal(placeOf("11.1.2.3")?.country, "AU");
  });

  test("are networks alone where nothing is configured", async () => {
    const placeOf = await openPlaces([]);
    assert.deepEqual(placeOf("192.0.2.7"), { network: "192.0.2.0/24", country: null, autonomousSystem: null });
    assert.equal(placeOf("10.1.2.3"), null);
  });

  test("of a file that is not there, can't be read or is of another kind say which, and why", async () => {
    const refused = async (path: string, why: RegExp) =>
      assert.rejects(openPlaces([path]), { name: "PlaceDataError", message: why });
    await refused(join(folder, "none.mmdb"), /none\.mmdb is not there/);
    await refused(folder, /can't be read/);
    await refused(await file("text.mmdb", "1.2.3.0/24,DE\n"), /text\.mmdb is no MaxMind DB file/);
    const domains = placeFile("GeoIP2-Domain", { "192.0.2.0/24": { domain: "example.org" } });
    await refused(await file("domain.mmdb", domains), /of another kind \(GeoIP2-Domain\)/);
    if (process.getuid?.() !== 0) {
      const locked = await file("locked.mmdb", domains);
      await chmod(locked, 0);
      await refused(locked, /can't be read/);
    }
  });

  test("are read from public data as it is published", async () => {
    const path = createRequire(import.meta.url).resolve(
      "@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb",
    );
    const placeOf = await openPlaces([path]);
    assert.deepEqual(placeOf("194.25.0.125"), { network: "194.25.0.0/24", country: "DE", autonomousSystem: null });
    assert.equal(placeOf("2001:4860:4860::8888")?.country, "US");
    assert.equal(placeOf("192.168.1.1"), null);
  });

  test("that a damaged file does not tell are not known, and the file is told once", async () => {
    const good = placeFile("country", {
      "192.0.2.0/24": { country_code: "DE" },
      "203.0.113.0/24": { country_code: "FR" },
    });
    const damaged = Buffer.from(good);
    const at = damaged.indexOf("country_code");
    damaged.fill(0x3f, at - 2, at + 20);
    const paths = [await file("damaged.mmdb", damaged), await file("whole.mmdb", good)];
    const told: string[] = [];
    const placeOf = await openPlaces(paths, ({ message }) => told.push(message));
    for (const address of ["192.0.2.10", "192.0.2.11"])
      assert.deepEqual(placeOf(address), { network: "192.0.2.0/24", country: "DE", autonomousSystem: null });
    assert.deepEqual(told, [`${paths[0]} is damaged: some addresses are nowhere`]);
  });
});
