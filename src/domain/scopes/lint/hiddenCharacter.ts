import { hiddenCharacter as hiddenIn } from "../../kernel/text.ts";
import type { LintFinding, LintInput } from "./finding.ts";

/** A title that is shown otherwise than it is, from before such were refused: a person consents to what they see. */
export function hiddenCharacter({ title }: LintInput): LintFinding | null {
  const hidden = title === null ? null : hiddenIn(title);
  if (hidden === null) return null;
  return {
    code: "HIDDEN_CHARACTER",
    severity: "WARNING",
    message: `The title contains ${hidden}, which is invisible or changes how the text is shown.`,
    narrowing: "Write the title anew without it: the title is what a person consents to.",
  };
}
