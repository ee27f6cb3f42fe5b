import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** Where a search goes on, for one holder and for a while. */
export interface Continuation {
  /** The upstream's page, behind its base. */
  readonly page: string;
  /** Matches of it that were looked at before. */
  readonly skip: number;
  /** The client's own search, to be read and decided again. */
  readonly query: string;
  readonly type: string;
  /** `Holder.key` of who was given it. */
  readonly holder: string;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** Lengths are told in steps of this: how long the upstream's address is says nothing then. */
const STEP = 512;
const [NONCE, TAG] = [12, 16];

/** Links that only this guard, or one with the same key, can read. @param secret - any text; null: one of this process */
export function createSeal(secret: string | null) {
  const key = secret === null ? randomBytes(32) : createHash("sha256").update(secret).digest();
  return {
    seal(value: Continuation): string {
      const text = Buffer.from(JSON.stringify(value), "utf8");
      const padded = Buffer.alloc(Math.ceil((text.length + 4) / STEP) * STEP);
      padded.writeUInt32BE(text.length);
      text.copy(padded, 4);
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      return Buffer.concat([nonce, cipher.update(padded), cipher.final(), cipher.getAuthTag()]).toString("base64url");
    },
    /** Null: it is none of ours. */
    open(text: string): Continuation | null {
      try {
        const bytes = Buffer.from(text, "base64url");
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE));
        decipher.setAuthTag(bytes.subarray(-TAG));
        const padded = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
        return JSON.parse(padded.subarray(4, 4 + padded.readUInt32BE()).toString("utf8")) as Continuation;
      } catch {
        return null;
      }
    },
  };
}
export type Seal = ReturnType<typeof createSeal>;
