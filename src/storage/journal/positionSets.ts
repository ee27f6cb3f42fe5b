/**
 * A set of offsets in a block, as it is stored: two bytes an offset in ascending order, the lower byte first, or a bit for each
 * position of the block where that is no longer. Which it is, its length tells.
 */
export function storedSet(offsets: readonly number[], blockSize: number): Buffer {
  const isDense = offsets.length * 2 >= blockSize / 8;
  const stored = Buffer.alloc(isDense ? blockSize / 8 : offsets.length * 2);
  if (isDense) for (const offset of offsets) addBit(stored, offset);
  else for (const [i, offset] of [...offsets].sort((a, b) => a - b).entries()) stored.writeUInt16LE(offset, i * 2);
  return stored;
}

export function addBit(bits: Uint8Array, offset: number): void {
  bits[offset >> 3] = (bits[offset >> 3] ?? 0) | (1 << (offset & 7));
}

export const hasBit = (bits: Uint8Array, offset: number): boolean =>
  ((bits[offset >> 3] ?? 0) & (1 << (offset & 7))) !== 0;

/** Adds a stored set to one of bits. */
export function addStored(bits: Uint8Array, stored: Buffer): void {
  if (stored.length === bits.length) for (let i = 0; i < bits.length; i++) bits[i] = (bits[i] ?? 0) | (stored[i] ?? 0);
  else for (let i = 0; i < stored.length; i += 2) addBit(bits, stored.readUInt16LE(i));
}

/** A stored set without some of its offsets; null: nothing is left. */
export function storedWithout(stored: Buffer, gone: readonly number[], blockSize: number): Buffer | null {
  const bits = new Uint8Array(blockSize / 8);
  addStored(bits, stored);
  for (const offset of gone) bits[offset >> 3] = (bits[offset >> 3] ?? 0) & ~(1 << (offset & 7));
  const left = [...offsetsDown(bits)];
  return left.length === 0 ? null : storedSet(left, blockSize);
}

/** Leaves what is in both. False: nothing is. */
export function keepCommon(bits: Uint8Array, others: Uint8Array): boolean {
  let some = 0;
  for (let i = 0; i < bits.length; i++) {
    const both = (bits[i] ?? 0) & (others[i] ?? 0);
    bits[i] = both;
    some |= both;
  }
  return some !== 0;
}

/** The offsets of a set of bits, the greatest first. */
export function* offsetsDown(bits: Uint8Array): Generator<number> {
  for (let i = bits.length - 1; i >= 0; i--) {
    const byte = bits[i] ?? 0;
    for (let bit = 7; byte !== 0 && bit >= 0; bit--) if ((byte & (1 << bit)) !== 0) yield i * 8 + bit;
  }
}
