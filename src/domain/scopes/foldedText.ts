const PLAIN = /^[\x20-\x7e]*$/;
const ESCAPE = /%[0-9a-f]{2}/i;

/** Without percent-encoding, which may stand around itself; what is none stays as it is. */
function decoded(text: string): string {
  let last = text;
  for (let i = 0; i < 3 && ESCAPE.test(last); i++) {
    try {
      last = decodeURIComponent(last);
    } catch {
      return last;
    }
  }
  return last;
}

/** What shows nothing: control characters, what Unicode says is to be ignored where it can't be shown, the empty pattern of Braille. */
const UNSEEN = /[\p{C}\p{DI}\u2800]/gu;

/** A text without what hides its letters: percent-encoding, full width and other compatibility forms (NFKC), characters that show nothing. */
export function foldedText(text: string): string {
  const plain = ESCAPE.test(text) ? decoded(text) : text;
  return PLAIN.test(plain) ? plain : plain.normalize("NFKC").replace(UNSEEN, "");
}

/** Capitals of Cyrillic and Greek, each before the Latin one that it looks like. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  "АAВBЕEЅSІIЈJКKМMНHОOРPСCТTУYХXԌGѴVΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX"
    .match(/../gu)
    ?.map((pair) => [...pair] as [string, string]),
);

/** The words of a text in capitals, as somebody reads them: for what may be meant, never for what is. */
export function wordsRead(text: string): string[] {
  const capitals = foldedText(text).toUpperCase();
  const latin = PLAIN.test(capitals)
    ? capitals
    : [...capitals.normalize("NFD").replace(/\p{M}/gu, "")].map((letter) => LOOK_ALIKES.get(letter) ?? letter).join("");
  return latin.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}
