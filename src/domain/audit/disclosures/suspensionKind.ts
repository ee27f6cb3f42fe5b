import type { CaseKind } from "../../cases/caseKind.ts";
import { type PlacedState, placedOf, rowOfPlaced } from "../../cases/placed.ts";
import { canonicalJson } from "../../kernel/canonical.ts";
import type { AccountingSuspension } from "./suspension.ts";

export const suspensionKind: CaseKind<AccountingSuspension, PlacedState> = {
  code: "ACCOUNTING_SUSPENSION",
  noun: "Suspension",
  states: {
    IN_FORCE: { kept: ["IN_FORCE"], end: "BEFORE" },
    OVER: [{ kept: ["IN_FORCE"], end: "AFTER" }, { kept: ["LIFTED"] }],
  },
  rowOf(suspension) {
    const { by, patient, reason, recipient: given, statement, until } = suspension;
    const recipient = { ...given, subject: given.subject && { ...given.subject } };
    // One oral statement about the same at a time: only a written one lengthens it.
    const slot = statement === "ORAL" ? canonicalJson([patient, recipient]) : null;
    return { ...rowOfPlaced(suspension), slot, patient, endsAt: until, body: { reason, recipient, statement, by } };
  },
  caseOf(row) {
    const { by, recipient, statement } = row.body as unknown as AccountingSuspension;
    const { endsAt, patient } = row;
    return { ...placedOf(row), patient: patient ?? "", recipient, statement, by, until: endsAt ?? row.openedAt };
  },
};
