import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { isKeyName, type NoteSigner, type NoteVerifier } from "../domain/record/tree/signedNote.ts";

/** Ed25519 in notes (C2SP signed-note). */
const TYPE = 1;
const KEY_BYTES = 32;
const ID_BYTES = 4;
const SIGNATURE_BYTES = 64;

/** A byte sequence's one spelling in base64; null: it is none. */
function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}

const typed = (key: Buffer): Buffer => Buffer.concat([Buffer.of(TYPE), key]);

/** The first four bytes of the SHA-256 of name, line break, type and key. */
const keyIdOf = (name: string, key: Buffer): Buffer =>
  hash("sha256", Buffer.concat([Buffer.from(`${name}\n`, "utf8"), typed(key)]), "buffer").subarray(0, ID_BYTES);

const publicKeyText = (name: string, key: Buffer): string =>
  `${name}+${keyIdOf(name, key).toString("hex")}+${typed(key).toString("base64")}`;

const rawKey = (key: KeyObject): Buffer => Buffer.from(String(key.export({ format: "jwk" }).x), "base64url");

/** Reads a public key, `<name>+<key id>+<key>`. Null: it is none, or its id is not its own. */
export function noteVerifier(publicKey: string): (NoteVerifier & { readonly publicKey: string }) | null {
  const [, name = "", idText = "", keyText = ""] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(publicKey) ?? [];
  const bytes = strictBase64(keyText);
  if (!isKeyName(name) || bytes === null || bytes.length !== 1 + KEY_BYTES || bytes[0] !== TYPE) return null;
  const raw = bytes.subarray(1);
  const id = keyIdOf(name, raw);
  if (id.toString("hex") !== idText) return null;
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" });
  return {
    name,
    publicKey,
    judge(text, signature) {
      const blob = strictBase64(signature);
      if (blob === null || !blob.subarray(0, ID_BYTES).equals(id)) return "OF_ANOTHER_KEY";
      const own = blob.subarray(ID_BYTES);
      return own.length === SIGNATURE_BYTES && verify(null, Buffer.from(text, "utf8"), key, own) ? "VALID" : "INVALID";
    },
  };
}

/** Signs notes under a name with an Ed25519 key in PEM. @throws Error, without the key, where it is no such key */
export function noteSigner(name: string, pem: string): NoteSigner {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error("It is no private key in PEM.");
  }
  if (key.asymmetricKeyType !== "ed25519") throw new Error("It is no Ed25519 key.");
  const raw = rawKey(createPublicKey(key));
  const id = keyIdOf(name, raw);
  return {
    name,
    publicKey: publicKeyText(name, raw),
    sign: (text) => Buffer.concat([id, sign(null, Buffer.from(text, "utf8"), key)]).toString("base64"),
  };
}

/** A new private key in PEM. */
export const newNoteKey = (): string =>
  generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
