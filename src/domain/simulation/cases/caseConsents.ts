import { type InputFacts, readConsent } from "../../consent/consentInput.ts";
import type { Consent } from "../../consent/types.ts";
import { badInput } from "../../kernel/errors.ts";
import { problemAt } from "../../policy/files/fileReader.ts";
import type { CaseConsent } from "./caseFile.ts";

/**
 * What cases say of consents, each the first version of its own. `known.now` is the clock of files that name none.
 * @throws ScopewardenError BAD_USER_INPUT naming file and line
 */
export function caseConsents(said: readonly CaseConsent[], known: InputFacts): readonly Consent[] {
  return said.map(({ input, now, place }, i): Consent => {
    const facts = { ...known, now: now ?? known.now };
    const read = readConsent({ ...input, madeAt: input.madeAt ?? 0 }, facts, place.path);
    if ("patient" in read)
      return {
        ...read,
        id: read.id ?? `consent-${i}`,
        version: 1,
        recordedAt: read.madeAt ?? 0,
        recordedBy: "file",
      };
    throw badInput(read.map((problem) => problemAt({ ...place, ...problem })));
  });
}
