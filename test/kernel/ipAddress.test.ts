import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  addressKey,
  isPrivateAddress,
  networkOf,
  networkRange,
  plainAddress,
} from "../../src/domain/kernel/ipAddress.ts";

const v4 = fc.ipV4();
const v6 = fc.ipV6();
const family = (text: string) => (isIP(text) === 4 ? "ipv4" : "ipv6");
/** What is no address, or looks like one. */
const NONE = [
  ...["", "ward-3", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.-4", "1.2.3.4 ", "0x1.2.3.4", "1.2.3.4/24"],
  ...[
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "1:2:3:4:5:6:7::8",
    "g::1",
    "12345::",
    "fe80::1%eth0",
  ],
  ...["1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3"],
];

describe("addresses", () => {
  test("are those that Node.js takes, but for zones, and nothing else", () => {
    fc.assert(fc.property(fc.oneof(v4, v6), (text) => isIP(text) !== 0 && addressKey(text) !== null));
    const pieces = fc.constantFrom(":", "::", ".", "1", "ff", "0", "255", "1.2.3.4", "abcd", "12345");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 17 }), (parts) => {
        const text = parts.join("");
        return (isIP(text) !== 0) === (addressKey(text) !== null);
      }),
      { numRuns: 3000 },
    );
    for (const text of NONE) assert.equal(addressKey(text), null, text);
  });

  test("are keys of one length, IPv4 before IPv6, in the order of addresses; one in disguise is IPv4", () => {
    assert.equal(addressKey("192.0.2.1"), "4c0000201");
    assert.equal(addressKey("::ffff:192.0.2.1"), "4c0000201");
    assert.equal(addressKey("2001:DB8::1"), `6${"20010db8".padEnd(31, "0")}1`);
    assert.ok((addressKey("9.255.255.255") as string) < (addressKey("10.0.0.0") as string));
    assert.equal(plainAddress("::FFFF:C000:201"), "192.0.2.1");
    assert.equal(plainAddress("2001:db8::1"), "2001:db8::1");
  });

  test("are within a network by its range exactly where Node.js says so", () => {
    const networks = fc.oneof(
      fc.tuple(v4, fc.integer({ min: 0, max: 32 })),
      fc.tuple(v6, fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(networks, fc.oneof(v4, v6), fc.nat(), ([address, length], other, flip) => {
        const bits = isIP(address) === 4 ? 32 : 128;
        const key = addressKey(address) as string;
        if (key.startsWith("4") && bits === 128) return true;
        const value = BigInt(`0x${key.slice(1)}`);
        const rest = (1n << BigInt(bits - length)) - 1n;
        const hex = (value & ~rest).toString(16).padStart(bits / 4, "0");
        const first =
          bits === 32
            ? [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".")
            : (hex.match(/.{4}/g) ?? []).join(":");
        const range = networkRange(`${first}/${length}`);
        if (range === null) return addressKey(first)?.startsWith("4") === true && bits === 128;
        const list = new BlockList();
        if (length === 0) return true;
        list.addSubnet(first, length, family(first));
        // One that differs in one bit is near the edge.
        const near = (value ^ (1n << BigInt(flip % bits))).toString(16).padStart(bits / 4, "0");
        const inside = (each: string) => range.first <= each && each <= range.last;
        const flipped = flip % bits < bits - length;
        const agrees =
          other.includes(":") !== (bits === 128) ||
          inside(addressKey(other) as string) === list.check(other, family(other));
        return inside(key) && inside(key[0] + near) === flipped && agrees;
      }),
      { numRuns: 2000 },
    );
  });

  test("are within no network that is misspelt", () => {
    for (const text of [
      ...[
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.1/8",
        "10.0.0/8",
        "/8",
        "10.0.0.0/8/8",
      ],
      ...["2001:db8::/129", "2001:db8::1/64", "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/8", "ward/8", "10.0.0.0 /8"],
    ])
      assert.equal(networkRange(text), null, text);
    assert.deepEqual(networkRange("0.0.0.0/0"), { first: "400000000", last: "4ffffffff" });
    assert.deepEqual(networkRange("::ffff:10.0.0.0/104"), networkRange("10.0.0.0/8"));
    assert.deepEqual(networkRange("10.1.2.3/32"), { first: "40a010203", last: "40a010203" });
  });

  test("are told by a network, and known to be private", () => {
    assert.equal(networkOf("192.0.2.77"), "192.0.2.0/24");
    assert.equal(networkOf("::ffff:192.0.2.77"), "192.0.2.0/24");
    assert.equal(networkOf("2001:db8:12:34::1"), "2001:db8:12::/48");
    assert.equal(networkOf("2001:db8::1"), "2001:db8::/48");
    assert.equal(networkOf("ward"), null);
    for (const text of [
      "10.1.2.3",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "127.0.0.1",
      "169.254.1.1",
      "100.64.0.1",
      "0.0.0.0",
    ])
      assert.equal(isPrivateAddress(text), true, text);
    for (const text of ["::1", "::", "fd00::1", "fe80::1", "::ffff:10.0.0.1"])
      assert.equal(isPrivateAddress(text), true, text);
    for (const text of ["172.32.0.1", "11.0.0.1", "192.169.0.1", "2001:db8::1", "8.8.8.8", "ward", "::2"])
      assert.equal(isPrivateAddress(text), false, text);
  });
});
