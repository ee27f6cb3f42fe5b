/** Whether a problem's path names this field: `input.operations[0].putRule.when` is at `when` and at `putRule.when`. */
export function isAt(path: string, field: string): boolean {
  const at = `.${path}.`.replaceAll("[", ".[");
  return at.includes(`.${field}.`);
}
