import { randomBytes } from "node:crypto";

/** The random bits of so many salts are fetched, and made a text, at once: that costs the most of a salt. */
const SALTS_AT_ONCE = 512;
/** A multiple of three, of which base64 makes whole characters: 144 bits are 24 of them. */
const BYTES = 18;
const CHARACTERS = 24;
let texts = "";
let at = 0;

/** A secret random value for one row of the journal: 24 characters of base64url. */
export function newSalt(): string {
  if (at === texts.length) {
    texts = randomBytes(SALTS_AT_ONCE * BYTES).toString("base64url");
    at = 0;
  }
  at += CHARACTERS;
  return texts.slice(at - CHARACTERS, at);
}
