import { createHmac } from "node:crypto";
import type { Pseudonym } from "../domain/kernel/ports.ts";

/** 72 bits, 12 characters: nobody's pseudonym is another's. */
const CHARACTERS = 12;

/** Pseudonyms by HMAC-SHA-256 under a secret, which is read at the first use and kept. */
export function pseudonyms(readSecret: () => Promise<string>): () => Promise<Pseudonym> {
  let reading: Promise<string> | null = null;
  return async () => {
    reading ??= readSecret();
    const secret = await reading.catch((error) => {
      reading = null;
      throw error;
    });
    return (text) => `~${createHmac("sha256", secret).update(text, "utf8").digest("base64url").slice(0, CHARACTERS)}`;
  };
}
