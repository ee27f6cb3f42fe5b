import type { CaseKind } from "../../cases/caseKind.ts";
import { type PlacedState, placedOf, rowOfPlaced } from "../../cases/placed.ts";
import type { HoldTerms, LegalHold } from "./legalHold.ts";

export const legalHoldKind: CaseKind<LegalHold, PlacedState> = {
  code: "LEGAL_HOLD",
  noun: "Legal hold",
  states: { IN_FORCE: { kept: ["IN_FORCE"] }, OVER: { kept: ["LIFTED"] } },
  rowOf(hold) {
    const { clientId, from, patient, reason, to } = hold;
    return { ...rowOfPlaced(hold), clientId, patient, body: { reason, from, to } };
  },
  caseOf(row) {
    const { from, to } = row.body as unknown as Pick<HoldTerms, "from" | "to">;
    return { ...placedOf(row), patient: row.patient, clientId: row.clientId, from, to };
  },
};
