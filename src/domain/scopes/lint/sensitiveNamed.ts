import { type LintFinding, type LintInput, listed } from "./finding.ts";
import { CATEGORIES } from "./sensitiveCategories.ts";
import { wordsOf } from "./words.ts";

/** A scope that names a sensitive category, and reaches more than it. */
export function sensitiveNamed({ name, title, atoms }: LintInput): LintFinding | null {
  const text = wordsOf(`${name} ${title ?? ""}`).join(" ");
  const found = CATEGORIES.filter((category) => category.words.test(text)).map((category) => category.name);
  const open = atoms.find((atom) => atom.constraint.length === 0);
  if (found.length === 0 || open === undefined) return null;
  return {
    code: "SENSITIVE_CATEGORY",
    severity: "WARNING",
    message: `It is about ${listed(found)}, and no constraint keeps ${open.resourceType} to that.`,
    narrowing: "Constrain it by category, code or _security, or write a deny rule on the labels of the resource.",
  };
}
