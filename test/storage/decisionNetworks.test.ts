import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { test } from "node:test";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allDecisions } from "./allDecisions.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const ADDRESSES = [
  ...["10.0.0.0", "10.0.0.255", "10.0.1.0", "9.255.255.255", "192.0.2.7", "255.255.255.255", "0.0.0.0"],
  ...["2001:db8::1", "2001:DB8:0:0:0:0:0:2", "2001:db9::", "::ffff:10.0.0.9", "::1", "a00:1::"],
  ...["ward-3", "10.0.0", "", "10.0.0.1/24"],
];
const NETWORKS = [
  ...["10.0.0.0/24", "10.0.0.0/23", "10.0.0.0/8", "10.0.0.255/32", "0.0.0.0/0", "192.0.2.0/25", "203.0.113.0/24"],
  ...["2001:db8::/32", "2001:db8::2/128", "2001:db8::/31", "::/0", "::1/128"],
];
const from = (n: number, ipAddress: string | null): DecisionRecord => {
  const { request, ...rest } = decision(n);
  const context = request.context === null ? null : { ...request.context, ipAddress };
  return { ...rest, request: { ...request, context } } as DecisionRecord;
};

/** Whether an address is within a network, as Node.js says. */
function isWithin(address: string | null, network: string): boolean {
  if (address === null || isIP(address) === 0) return false;
  const [net = "", length] = network.split("/");
  const plain = address.replace(/^::ffff:/, "");
  if (isIP(plain) !== isIP(net)) return false;
  if (length === "0") return true;
  const list = new BlockList();
  const family = isIP(net) === 4 ? "ipv4" : "ipv6";
  list.addSubnet(net, Number(length), family);
  return list.check(plain, family);
}

onEveryBackend("searching decisions by network", ({ open }) => {
  const records = Array.from({ length: 90 }, (_, n) =>
    from(n, n % 9 === 0 ? null : (ADDRESSES[n % ADDRESSES.length] ?? null)),
  );
  const agrees = async (storage: Storage) => {
    let found = 0;
    for (const network of NETWORKS) {
      const wanted = records.filter(({ request }) => isWithin(request.context?.ipAddress ?? null, network));
      const got = await allDecisions(storage, { network });
      assert.deepEqual(
        got.map(({ id }) => id).toReversed(),
        wanted.map(({ id }) => id),
        network,
      );
      found += got.length;
    }
    assert.ok(found > 90);
    const denied = await allDecisions(storage, { network: "0.0.0.0/0", outcome: "DENY" });
    assert.ok(denied.length > 3 && denied.every(({ outcome }) => outcome === "DENY"));
  };

  test("finds those whose address is within it, IPv4 and IPv6, in whatever spelling, and after rebuild-index", async () => {
    const storage = await open();
    for (let n = 0; n < records.length; n += 30) {
      await storage.journal.append(records.slice(n, n + 30));
      await allDecisions(storage, { network: "10.0.0.0/8" });
    }
    await agrees(storage);
    await storage.rebuildIndex();
    await agrees(storage);
  });

  test("finds nothing by what is no network", async () => {
    const storage = await open();
    await storage.journal.append(records);
    for (const network of ["10.0.0.1/8", "ward", ""]) assert.deepEqual(await allDecisions(storage, { network }), []);
  });
});
