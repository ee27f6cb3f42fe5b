/** An IPv4 or IPv6 address as a number. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is IPv4. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const BYTE = /^(0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const MAPPED = 0xffffn;

function parseV4(text: string): bigint | null {
  const bytes = text.split(".");
  if (bytes.length !== 4 || !bytes.every((byte) => BYTE.test(byte) && Number(byte) < 256)) return null;
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The groups of one side of `::`, an IPv4 address at its end as two. */
function groupsOf(text: string): readonly string[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  const last = groups.at(-1) ?? "";
  if (!last.includes(".")) return groups;
  const v4 = parseV4(last);
  if (v4 === null) return null;
  return [...groups.slice(0, -1), (v4 >> 16n).toString(16), (v4 & 0xffffn).toString(16)];
}

function parseV6(text: string): bigint | null {
  const sides = text.split("::");
  const [head = null, tail = null] = sides.map(groupsOf);
  if (sides.length > 2 || head === null || (sides.length === 2 && (tail === null || sides[0]?.includes("."))))
    return null;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (sides.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...(tail ?? [])];
  return groups.every((group) => GROUP.test(group))
    ? groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
    : null;
}

function parse(text: string): Address | null {
  if (!text.includes(":")) {
    const v4 = parseV4(text);
    return v4 === null ? null : { bits: 32, value: v4 };
  }
  const v6 = parseV6(text);
  if (v6 === null) return null;
  return v6 >> 32n === MAPPED ? { bits: 32, value: v6 & 0xffffffffn } : { bits: 128, value: v6 };
}

const keyOf = ({ bits, value }: Address): string =>
  `${bits === 32 ? "4" : "6"}${value.toString(16).padStart(bits / 4, "0")}`;

/** An address as a text whose order is that of addresses, IPv4 before IPv6, always as long; null: it is none. */
export function addressKey(text: string): string | null {
  const address = parse(text);
  return address === null ? null : keyOf(address);
}

/** The keys of the first and the last address of a network. */
export interface NetworkRange {
  readonly first: string;
  readonly last: string;
}

/** A network in CIDR's notation (RFC 4632, RFC 4291), `192.0.2.0/24` or `2001:db8::/32`; null: it is none, or has bits set beyond its length. */
export function networkRange(text: string): NetworkRange | null {
  const [, ip = "", digits = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = parse(ip);
  if (address === null || digits === "") return null;
  // The length of a network that is written as mapped IPv4 is that of IPv6.
  const length = Number(digits) - (address.bits === 32 && ip.includes(":") ? 96 : 0);
  if (length < 0 || length > address.bits) return null;
  const rest = (1n << BigInt(address.bits - length)) - 1n;
  if ((address.value & rest) !== 0n) return null;
  return { first: keyOf(address), last: keyOf({ ...address, value: address.value | rest }) };
}

const dotted = (value: bigint): string => [24n, 16n, 8n, 0n].map((by) => (value >> by) & 0xffn).join(".");

/** An address without the disguise of IPv4 as IPv6; null: it is none. */
export function plainAddress(text: string): string | null {
  const address = parse(text);
  return address === null ? null : address.bits === 32 ? dotted(address.value) : text;
}

/** What is wrong with a network that somebody gives; null: nothing. */
export const networkProblem = (text: string): string | null =>
  networkRange(text) === null
    ? "must be a network such as 192.0.2.0/24 or 2001:db8::/32, with no bits set after its length"
    : null;

/** The network that an address is told by: an IPv4 /24 or IPv6 /48, as text; null: it is no address. */
export function networkOf(text: string): string | null {
  const address = parse(text);
  if (address === null) return null;
  if (address.bits === 32) return `${dotted((address.value >> 8n) << 8n)}/24`;
  const groups = [112n, 96n, 80n].map((by) => ((address.value >> by) & 0xffffn).toString(16));
  while (groups.at(-1) === "0") groups.pop();
  return `${groups.join(":")}::/48`;
}

/** Addresses that are nobody's in the Internet: private, shared, link-local, loopback and unspecified ones. */
const PRIVATE: readonly NetworkRange[] = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
  ...["::/127", "fc00::/7", "fe80::/10"],
].flatMap((network) => networkRange(network) ?? []);

/** Whether it is an address of a network of one's own, which is somewhere else in each house. */
export function isPrivateAddress(text: string): boolean {
  const key = addressKey(text);
  return key !== null && PRIVATE.some(({ first, last }) => first <= key && key <= last);
}

/** Whether addresses are within a network; within what is none there is no address. */
export function isWithinNetwork(network: string): (address: string) => boolean {
  const range = networkRange(network);
  return (address) => {
    const key = addressKey(address);
    return range !== null && key !== null && key >= range.first && key <= range.last;
  };
}

/** The lengths of networks by which addresses are found, the narrowest first. */
const FOUND_BY = { 32: [24, 16], 128: [48] } as const;

/** A network as the key of its first address and its length. */
const networkKey = ({ bits, value }: Address, length: number): string => {
  const rest = BigInt(bits - length);
  return `${keyOf({ bits, value: (value >> rest) << rest })}/${length}`;
};

/** The networks around an address by which it is found: of IPv4 /24 and /16, of IPv6 /48. */
export function networksAround(address: string): readonly string[] {
  const parsed = parse(address);
  return parsed === null ? [] : FOUND_BY[parsed.bits].map((length) => networkKey(parsed, length));
}

/** The narrowest of such networks that has all of another one; null: it is wider than all of them, or no network. */
export function tokenNetworkOf(network: string): string | null {
  const [ip = "", digits] = network.split("/");
  const parsed = networkRange(network) === null ? null : parse(ip);
  if (parsed === null) return null;
  const length = Number(digits) - (parsed.bits === 32 && ip.includes(":") ? 96 : 0);
  const around = FOUND_BY[parsed.bits].find((each) => each <= length);
  return around === undefined ? null : networkKey(parsed, around);
}
