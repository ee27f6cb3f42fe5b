import type { Identity } from "../../src/domain/callers/types.ts";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import type { BreakGlasses } from "../../src/domain/consent/breakGlass/breakGlasses.ts";
import type { Snapshot } from "../../src/domain/policy/snapshot.ts";
import { caseBreakGlasses } from "../../src/domain/simulation/cases/caseDecider.ts";
import { demoCases } from "./demoCases.ts";

/** The program that asks for the people of the demo hospital. */
export const GATEWAY: Identity = {
  id: "key:gateway",
  kind: "KEY",
  name: "gateway",
  subject: { type: "client", id: "gateway", issuer: null },
  expiresAt: null,
  roles: new Set(["service"]),
  defaultClientId: null,
};

/** The emergencies that are open in the demo hospital at a time. */
export const demoBreakGlasses = (snapshot: Snapshot, now: number): readonly KeptBreakGlass[] =>
  caseBreakGlasses(demoCases().breakGlasses, snapshot)(now);

/** The same, on record from now on. */
export async function openDemoBreakGlasses({ breakGlasses }: { readonly breakGlasses: BreakGlasses }): Promise<void> {
  for (const { input } of demoCases().breakGlasses) await breakGlasses.open(GATEWAY, input);
}
