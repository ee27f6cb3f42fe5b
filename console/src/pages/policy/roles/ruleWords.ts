interface SaidRule {
  readonly role: string;
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
  readonly effect: "ALLOW" | "DENY";
  readonly when: string | null;
}

/** A rule as a sentence: "Allows a nurse to read Observation with view_vital_signs, if its condition holds". */
export function ruleWords({ role, scope, action, resourceType, effect, when }: SaidRule): string {
  const who = role === "*" ? "anybody" : `who holds ${role}`;
  const does = action === "*" ? "do anything with" : action;
  const what = resourceType === "*" ? "any data" : resourceType;
  const by = scope === "*" ? "by any scope" : `by ${scope.replaceAll(/https?:\/\/[^|&,]*\|/g, "…|")}`;
  const sentence = effect === "ALLOW" ? `Lets ${who} ${does} ${what}` : `Denies ${who} to ${does} ${what}`;
  return `${sentence}, ${by}${when === null ? "" : ", if its condition holds"}`;
}
