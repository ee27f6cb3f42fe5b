import { interactions } from "../atom.ts";
import { distinct, type LintFinding, type LintInput } from "./finding.ts";

/** All five interactions on one type: `.cruds`, `.*`. */
export function allCapabilities({ atoms }: LintInput): LintFinding | null {
  const types = distinct(atoms.map((atom) => atom.resourceType));
  const whole = types.find((type) => {
    const actions = atoms.filter((atom) => atom.resourceType === type).map((atom) => atom.action);
    return interactions.every((interaction) => actions.includes(interaction));
  });
  if (whole === undefined) return null;
  return {
    code: "WILDCARD_ACTIONS",
    severity: "REFUSE",
    message: `Everything can be done to ${whole}: create, read, update, delete and search.`,
    narrowing: "Keep read and search, and make a scope of its own for each change that the client makes.",
  };
}
