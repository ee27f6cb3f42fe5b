import { PURPOSE_OPTIONS } from "../../ui/codeWords.ts";
import { KEPT_BACK } from "./consentDraft.ts";

/** The usual purposes, of a question: an emergency is opened otherwise. */
export const ASKED_PURPOSES = [
  { id: "", name: "Nothing is said" },
  ...PURPOSE_OPTIONS.filter(({ id }) => id !== "BTG"),
];

export const KEPT_BACK_OPTIONS = [
  { id: "", name: "Not known" },
  { id: "N", name: "No: ordinary data" },
  ...Object.entries(KEPT_BACK).map(([id, name]) => ({ id, name })),
];
