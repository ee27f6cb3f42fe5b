import { type Compared, metIf } from "./comparison.ts";

/**
 * `system|code`, `|code` (a code without a system) or `code`: compared with the same, with `code` (of any system) or with
 * `system|` (any code of it), letter by letter. A bare code of the resource does not say its system, and so does not
 * tell where one is asked for. FHIR R4, section 3.1.1.4.10, https://hl7.org/fhir/R4/search.html#token
 */
export function compareToken(actual: string, wanted: string): Compared {
  if (actual === wanted && actual !== "") return "MET";
  const bar = actual.indexOf("|");
  const code = actual.slice(bar + 1);
  if (code === "" || code.includes("|")) return "UNKNOWN";
  const wantedBar = wanted.indexOf("|");
  const wantedCode = wanted.slice(wantedBar + 1);
  // An actual that is equal has been answered: what is left has no system, or another one.
  if (wantedBar < 0) return metIf(code === wanted);
  if (bar < 0) return wantedCode === "" || wantedCode === code ? "UNKNOWN" : "UNMET";
  return metIf(wantedCode === "" && actual.slice(0, bar) === wanted.slice(0, wantedBar));
}
