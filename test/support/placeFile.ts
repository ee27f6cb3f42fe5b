import { networkRange } from "../../src/domain/kernel/ipAddress.ts";

type Value = string | number | readonly string[] | { readonly [name: string]: Value };

const header = (type: number, size: number): Buffer =>
  Buffer.from(type > 7 ? [size, type - 7] : size < 29 ? [(type << 5) | size] : [(type << 5) | 29, size - 29]);

/** A value as the MaxMind DB file format 2.0 has it: texts, unsigned numbers, lists and maps. */
function encoded(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([header(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([header(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([header(11, value.length), ...value.map(encoded)]);
  const entries = Object.entries(value as { readonly [name: string]: Value });
  return Buffer.concat([
    header(7, entries.length),
    ...entries.flatMap(([name, each]) => [encoded(name), encoded(each)]),
  ]);
}

/** The bits of the first address of a network, in the tree of IPv6, in which IPv4 stands under 96 zeros. */
function pathOf(network: string): readonly number[] {
  const range = networkRange(network);
  if (range === null) throw new Error(`${network} is no network`);
  const digits = range.first.slice(1).padStart(32, "0");
  const length = Number(network.split("/")[1]) + (range.first.startsWith("4") ? 96 : 0);
  return [...digits]
    .flatMap((digit) => [8, 4, 2, 1].map((bit) => (Number.parseInt(digit, 16) & bit) / bit))
    .slice(0, length);
}

/** A MaxMind DB file of these networks, by the specification of its format 2.0. */
export function placeFile(type: string, networks: { readonly [network: string]: Value }): Buffer {
  type Node = [number | string, number | string];
  const nodes: Node[] = [["", ""]];
  const data: Buffer[] = [];
  const offsets = new Map<string, number>();
  let size = 0;
  for (const [network, value] of Object.entries(networks)) {
    offsets.set(network, size);
    const bytes = encoded(value);
    data.push(bytes);
    size += bytes.length;
    let node = 0;
    const path = pathOf(network);
    for (const [depth, bit] of path.entries()) {
      const at = nodes[node] as Node;
      if (depth === path.length - 1) at[bit] = network;
      else {
        if (typeof at[bit] !== "number") at[bit] = nodes.push(["", ""]) - 1;
        node = at[bit] as number;
      }
    }
  }
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [i, node] of nodes.entries())
    for (const [side, target] of node.entries()) {
      const offset = typeof target === "string" ? offsets.get(target) : undefined;
      const record = typeof target === "number" ? target : nodes.length + (offset === undefined ? 0 : 16 + offset);
      tree.writeUIntBE(record, i * 6 + side * 3, 3);
    }
  const metadata = encoded({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 6,
    database_type: type,
    languages: ["en"],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_795_500_000,
    description: { en: "For tests" },
  });
  const marker = Buffer.from([0xab, 0xcd, 0xef, ...Buffer.from("MaxMind.com")]);
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata]);
}
