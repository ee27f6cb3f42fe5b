import { hash as digestOf } from "node:crypto";
import type { RecordHash } from "../domain/record/tree/recordHash.ts";

const BLOCK = 64;
const DIGEST = 32;
const INNER = 0x36;
const OUTER = 0x5c;

/** Grows to the longest text that was hashed. */
let buffer = Buffer.allocUnsafe(16_384);

/** A buffer with room for so many bytes of text, at three a UTF-16 unit, after `before` others. */
function roomFor(text: string, before: number): Buffer {
  const wanted = before + text.length * 3;
  if (buffer.length < wanted) buffer = Buffer.allocUnsafe(wanted * 2);
  return buffer;
}

const pair = Buffer.alloc(1 + 2 * DIGEST);
const outer = Buffer.alloc(BLOCK + DIGEST);
const inner = Buffer.alloc(BLOCK);
/** The key whose blocks stand in `inner` and `outer`: the fields of one act share it. */
let keyed: string | null = null;

function setKey(key: string): void {
  if (keyed === key) return;
  const bytes = Buffer.from(key, "utf8");
  // A longer key counts as its digest (RFC 2104).
  const short = bytes.length > BLOCK ? digestOf("sha256", bytes, "buffer") : bytes;
  for (let i = 0; i < BLOCK; i++) {
    inner[i] = (short[i] ?? 0) ^ INNER;
    outer[i] = (short[i] ?? 0) ^ OUTER;
  }
  keyed = key;
}

/** With Node's SHA-256, in the one call of it that costs a fraction of the others; HMAC is put together from it, as most of its cost is to make one. */
export const recordHash: RecordHash = {
  ofText(first, text) {
    const bytes = roomFor(text, 1);
    bytes[0] = first;
    const length = bytes.write(text, 1, "utf8");
    return digestOf("sha256", bytes.subarray(0, 1 + length), "base64");
  },
  ofPair(first, left, right) {
    pair[0] = first;
    pair.write(left, 1, DIGEST, "base64");
    pair.write(right, 1 + DIGEST, DIGEST, "base64");
    return digestOf("sha256", pair, "base64");
  },
  hmac(key, text) {
    setKey(key);
    const bytes = roomFor(text, BLOCK);
    inner.copy(bytes);
    const length = bytes.write(text, BLOCK, "utf8");
    outer.write(digestOf("sha256", bytes.subarray(0, BLOCK + length), "binary"), BLOCK, DIGEST, "latin1");
    return digestOf("sha256", outer, "base64");
  },
  ofSalted(salt, text) {
    const bytes = roomFor(text, DIGEST);
    bytes.write(salt, 0, DIGEST, "base64");
    const length = bytes.write(text, DIGEST, "utf8");
    return digestOf("sha256", bytes.subarray(0, DIGEST + length), "base64");
  },
};
