import type { Consents } from "../../src/domain/consent/consents.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import { EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import type { Snapshot } from "../../src/domain/policy/snapshot.ts";
import { caseConsents } from "../../src/domain/simulation/cases/caseDecider.ts";
import { demoCases } from "./demoCases.ts";

/** What the patients of the demo hospital have said. */
export const demoConsents = (snapshot: Snapshot): readonly Consent[] =>
  caseConsents(demoCases().consents, { directory: EMPTY_DIRECTORY, snapshot, fhirVersion: "R4", now: Date.now() });

/** The same, on record. */
export async function recordDemoConsents({ consents }: { readonly consents: Consents }): Promise<void> {
  const caller = { id: "key:portal", roles: new Set(["consent"] as const), defaultClientId: null };
  for (const { input } of demoCases().consents) await consents.record(caller, input);
}
