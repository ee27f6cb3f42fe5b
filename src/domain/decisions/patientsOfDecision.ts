import type { Obligation } from "../policy/types.ts";
import { decisionSubject } from "./decisionSubject.ts";
import { filterAmong } from "./filter.ts";
import type { DecisionRecord } from "./types.ts";

/** To whose data the filter among obligations confines a search; none: to nobody's alone. */
function confinedTo(obligations: readonly Obligation[]): readonly string[] {
  const confining = (filterAmong(obligations)?.allOf ?? []).find(({ anyOf }) =>
    anyOf.every((condition) => "type" in condition && condition.type === "patient"),
  );
  const confined = confining?.anyOf.flatMap((each) => ("patient" in each ? [each.patient] : [])) ?? [];
  return [...new Set(confined)];
}

/** Whose data an access was to: whom the resource names, or to whom its filter confines a search that names nobody. */
export function patientsOfDecision(record: DecisionRecord): readonly string[] {
  const { patients } = decisionSubject(record);
  return patients.length > 0 || record.kind === "GRANT" ? patients : confinedTo(record.obligations);
}
