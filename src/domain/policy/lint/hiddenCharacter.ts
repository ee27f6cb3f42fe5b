import { hiddenCharacter as hiddenIn } from "../../kernel/text.ts";
import type { RuleLintFinding, RuleLintInput } from "./ruleFinding.ts";

/** A condition that is shown otherwise than it is, from before such were refused: whoever approves it approves what they do not see. */
export function hiddenCharacter({ rule }: RuleLintInput): RuleLintFinding | null {
  const hidden = rule.when === null ? null : hiddenIn(rule.when);
  if (hidden === null) return null;
  return {
    code: "HIDDEN_CHARACTER",
    severity: "REFUSE",
    message: `Its condition contains ${hidden}, which is invisible or changes how the text is shown.`,
    narrowing: "Write the condition anew without it, and look at what it says then.",
  };
}
