import { KEPT_BACK } from "./consentDraft.ts";
import { PURPOSE_WORDS } from "./consentSentence.ts";

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The usual purposes, of a question: an emergency is opened otherwise. */
export const PURPOSE_OPTIONS = [
  { id: "", name: "Nothing is said" },
  ...Object.entries(PURPOSE_WORDS)
    .filter(([id]) => id !== "BTG")
    .map(([id, name]) => ({ id, name: capital(name) })),
];

export const KEPT_BACK_OPTIONS = [
  { id: "", name: "Not known" },
  { id: "N", name: "No: ordinary data" },
  ...Object.entries(KEPT_BACK).map(([id, name]) => ({ id, name })),
];
