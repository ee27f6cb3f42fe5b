import { randomFillSync } from "node:crypto";

/** The random bits of so many ids are fetched, and made a text, at once: that costs the most of an id. */
const IDS_AT_ONCE = 512;
const RANDOM_BYTES = 8;
const random = Buffer.alloc(IDS_AT_ONCE * RANDOM_BYTES);
let randomText = "";
let randomAt = random.length;

let lastMs = 0;
let lastCount = 0;
/** What ids of the same millisecond begin with. */
let beginning = "";
/** A UUID of version 7 (RFC 9562 section 5.7), greater than every one that this process made before. */
export function newId(): string {
  // 48 bits of time and 12 that count within the millisecond; where those run out, the next millisecond is borrowed.
  const now = Date.now();
  if (now > lastMs || lastCount === 0xfff) {
    lastMs = Math.max(now, lastMs + 1);
    lastCount = 0;
    const time = lastMs.toString(16).padStart(12, "0");
    beginning = `${time.slice(0, 8)}-${time.slice(8)}-`;
  } else lastCount++;
  if (randomAt === random.length) {
    randomText = randomFillSync(random).toString("hex");
    randomAt = 0;
  }
  const count = (0x7000 + lastCount).toString(16);
  // Two bits of the first byte choose the last digit of the variant, 8 to b; 60 bits follow as they are.
  const variant = "89ab"[(random[randomAt] ?? 0) & 3];
  const text = randomAt * 2;
  randomAt += RANDOM_BYTES;
  return `${beginning}${count}-${variant}${randomText.slice(text + 1, text + 4)}-${randomText.slice(text + 4, text + 16)}`;
}
