/** SHA-256 as 44 characters of base64 (RFC 4648 section 4). */
export type Digest = string;

/** The hashing that the record asks for. Texts are hashed as their UTF-8 bytes, digests as the 32 bytes that they stand for. */
export interface RecordHash {
  /** SHA-256 of one byte and a text after it. */
  ofText(first: number, text: string): Digest;
  /** SHA-256 of one byte and two digests after it. */
  ofPair(first: number, left: Digest, right: Digest): Digest;
  /** HMAC-SHA-256 of a text under a key, which is a text as well. */
  hmac(key: string, text: string): Digest;
  /** SHA-256 of a digest and a text after it. */
  ofSalted(salt: Digest, text: string): Digest;
}

/** The last character stands for four bits: others than these would be a second spelling of the same digest. */
const DIGEST = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
export const isDigest = (text: unknown): text is Digest => typeof text === "string" && DIGEST.test(text);
