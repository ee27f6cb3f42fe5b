interface SaidRule {
  readonly role: string;
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
  readonly effect: "ALLOW" | "DENY";
  readonly when: string | null;
}

/** A rule as a sentence: "Holders of nurse may read Observation by view_vital_signs, if its condition holds". */
export function ruleWords({ role, scope, action, resourceType, effect, when }: SaidRule): string {
  const who = role === "*" ? "Anybody" : `Holders of ${role}`;
  const does = action === "*" ? "do anything with" : action;
  const what = resourceType === "*" ? "any data" : resourceType;
  const by = scope === "*" ? "any scope" : scope.replaceAll(/https?:\/\/[^|&,]*\|/g, "…|");
  return `${who} ${effect === "ALLOW" ? "may" : "may not"} ${does} ${what} by ${by}${when === null ? "" : ", if its condition holds"}`;
}
