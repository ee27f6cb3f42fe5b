import { type InputFacts, readConsent } from "../../domain/consent/consentInput.ts";
import type { Consent } from "../../domain/consent/types.ts";
import { badUsage } from "../exit.ts";
import type { CaseConsent } from "./caseFiles.ts";

/** What cases say of consents, each the first version of its own. @throws CliError naming the place of what is not valid */
export function caseConsents(said: readonly CaseConsent[], known: Omit<InputFacts, "now">): readonly Consent[] {
  return said.map(({ input, now, place: { file, line, path } }, i): Consent => {
    const read = readConsent({ ...input, madeAt: input.madeAt ?? 0 }, { ...known, now: now ?? Date.now() }, path);
    if ("patient" in read)
      return {
        ...read,
        id: read.id ?? `consent-${i}`,
        version: 1,
        recordedAt: read.madeAt ?? 0,
        recordedBy: "file",
      };
    throw badUsage(
      `The file ${file} is not valid:`,
      ...read.map((each) => `  ${file}:${line} ${each.path} ${each.message}`),
    );
  });
}
