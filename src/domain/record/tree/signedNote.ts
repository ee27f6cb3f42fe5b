/** What a signature on a note is, to whoever holds one public key. */
type SignatureVerdict = "VALID" | "INVALID" | "OF_ANOTHER_KEY";

/** A public key that notes are verified with (C2SP signed-note). */
export interface NoteVerifier {
  /** The name in the signature line. */
  readonly name: string;
  /** Of a signature as it stands in its line: base64 of key id and signature. */
  judge(text: string, signature: string): SignatureVerdict;
}

/** What signs notes under one name. */
export interface NoteSigner {
  readonly name: string;
  /** The public key, as `<name>+<key id>+<key>`. */
  readonly publicKey: string;
  /** As it stands in the signature line. */
  sign(text: string): string;
}

/** Room for 16 signatures, which verifiers must take, and far more than a note of ours has. */
const MOST_SIGNATURES = 64;
const MOST_CHARACTERS = 100_000;
const DASH = "\u2014";
/** Control characters, and halves of characters, which no UTF-8 has. */
const UNPERMITTED = /[\p{Cc}\p{Cs}]/u;

/** The name of a key: no white space and no plus, in one line. */
export const isKeyName = (name: string): boolean => /^[^\s+\p{Cc}\p{Z}]+$/u.test(name);

/** The text, which ends with a line break, under one signature. */
export const signNote = (text: string, signer: NoteSigner): string =>
  `${text}\n${DASH} ${signer.name} ${signer.sign(text)}\n`;

interface Signature {
  readonly name: string;
  readonly signature: string;
}
export interface ReadNote {
  readonly text: string;
  readonly signatures: readonly Signature[];
}

/** A note in its parts, nothing of which is proved yet; null: it is none. */
export function readNote(note: string): ReadNote | null {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || note.length > MOST_CHARACTERS || UNPERMITTED.test(note.replaceAll("\n", ""))) return null;
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2);
  if (!lines.endsWith("\n")) return null;
  const signatures: Signature[] = [];
  for (const line of lines.slice(0, -1).split("\n")) {
    const [dash, name = "", signature = "", ...rest] = line.split(" ");
    if (dash !== DASH || !isKeyName(name) || signature === "" || rest.length > 0) return null;
    signatures.push({ name, signature });
  }
  return signatures.length > MOST_SIGNATURES ? null : { text, signatures };
}

/**
 * Whether a note is signed by one of these keys, and no signature that claims to be by one of them is wrong. Signatures of others say
 * nothing.
 */
export function isSigned({ signatures, text }: ReadNote, keys: readonly NoteVerifier[]): boolean {
  const verdicts = signatures.flatMap(({ name, signature }) =>
    keys.filter((key) => key.name === name).map((key) => key.judge(text, signature)),
  );
  return verdicts.includes("VALID") && !verdicts.includes("INVALID");
}
