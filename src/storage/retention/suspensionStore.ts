import {
  type AccountingSuspension,
  type AccountingSuspensionStore,
  endedAct,
  type SuspensionFilter,
  suspendedAct,
} from "../../domain/audit/disclosures/suspension.ts";
import type { Placed } from "../../domain/audit/retention/placed.ts";
import { accountingSuspensionAct } from "../../domain/record/acts.ts";
import { columnsOf } from "../database/columns.ts";
import { isStorable } from "../database/text.ts";
import { createPlacedRows } from "./placedRows.ts";

const suspensionColumns = columnsOf<Omit<AccountingSuspension, keyof Placed>>({
  patient: "key",
  recipient: "json",
  statement: "text",
  by: "text",
  until: "integer",
});

const IN_FORCE = '"lifted_at" IS NULL AND "until" > ?';
const OVER = '"lifted_at" IS NOT NULL OR "until" <= ?';

/** Keeps suspensions of accountings. */
export function createSuspensionStore(deps: Parameters<typeof createPlacedRows>[0]): AccountingSuspensionStore {
  const { rows, ...placed } = createPlacedRows<AccountingSuspension, SuspensionFilter & { readonly now: number }>(
    deps,
    {
      name: "accounting_suspension",
      what: "Suspension",
      columns: suspensionColumns,
      where: ({ inForce, now, patient }) => [
        ...(patient === undefined ? [] : [['"patient" = ?', patient] as const]),
        ...(inForce === undefined ? [] : [[inForce ? IN_FORCE : OVER, now] as const]),
      ],
      placedAct: (suspension) => accountingSuspensionAct(suspendedAct(suspension)),
      liftedAct: (suspension, lifted) => accountingSuspensionAct(endedAct(suspension, lifted)),
    },
  );
  return {
    ...placed,
    inForce: async (patient, now) => (isStorable(patient) ? rows(`"patient" = ? AND ${IN_FORCE}`, patient, now) : []),
  };
}
