import { readCheckpoint } from "./checkpoint.ts";

/** With what a line of a note begins that is a signature (C2SP signed-note). */
const SIGNATURE = "\u2014 ";
/** Characters in base64 of an Ed25519 signature with the four bytes that name its key. */
const SIGNATURE_CHARACTERS = 92;

/** The notes in a file: a copy has them one after the other. */
function notesIn(text: string): readonly string[] {
  const notes: string[] = [];
  let lines: string[] = [];
  let isSigned = false;
  for (const line of text.split("\n")) {
    if (isSigned && !line.startsWith(SIGNATURE)) {
      notes.push(`${lines.join("\n")}\n`);
      [lines, isSigned] = [[], false];
    }
    if (line === "" && lines.length === 0) continue;
    lines.push(line);
    isSigned = line.startsWith(SIGNATURE);
  }
  if (lines.length > 0) notes.push(`${lines.join("\n")}\n`);
  return notes;
}

/** A note without what stands before it of another that broke off: three lines, an empty one, and the signatures. */
function withoutHalf(note: string): string {
  const lines = note.split("\n");
  return lines.slice(Math.max(0, lines.findIndex((line) => line.startsWith(SIGNATURE)) - 4)).join("\n");
}

/** Whether a note is a checkpoint of which no signature broke off. */
function isWhole(note: string): boolean {
  const signatures = note.split("\n").filter((line) => line.startsWith(SIGNATURE));
  return (
    readCheckpoint(note) !== null &&
    signatures.every((line) => (line.split(" ")[2] ?? "").length >= SIGNATURE_CHARACTERS)
  );
}

/**
 * The checkpoints in a file that they were added to one after the other, and how many there broke off, as a crash leaves them, or are none.
 * Where half of one stands before another, both together look like a note with lines of somebody's own: that is what none of ours has.
 */
export function readCheckpoints(text: string): { readonly notes: readonly string[]; readonly broken: number } {
  const notes: string[] = [];
  let broken = 0;
  for (const note of notesIn(text)) {
    const last = withoutHalf(note);
    const whole = isWhole(last) ? last : note;
    if (isWhole(whole)) notes.push(whole);
    if (whole !== note || !isWhole(whole)) broken++;
  }
  return { notes, broken };
}
