import type { AccountingSuspensionStore } from "../../domain/audit/disclosures/suspension.ts";
import { actOf as suspensionAct } from "../../domain/audit/disclosures/suspension.ts";
import { suspensionKind } from "../../domain/audit/disclosures/suspensionKind.ts";
import { actOf as holdAct } from "../../domain/audit/retention/legalHold.ts";
import { legalHoldKind } from "../../domain/audit/retention/legalHoldKind.ts";
import type { CaseKind } from "../../domain/cases/caseKind.ts";
import type { Placed, PlacedState, PlacedStore } from "../../domain/cases/placed.ts";
import {
  actOf as revocationAct,
  type TokenRevocationStore,
  tokenRevocationKind,
} from "../../domain/consent/revocations/tokenRevocation.ts";
import { conflict } from "../../domain/kernel/errors.ts";
import { accountingSuspensionAct, legalHoldAct, tokenRevocationAct } from "../../domain/record/acts.ts";
import { is } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";

interface Standing<Of> {
  /** Those in force; of one patient, or of all. */
  standing(now: number, patient?: string): Promise<readonly Of[]>;
}

/** Keeps what is placed and lifted; `event` is that of lifting it. */
function createPlacedStore<Of extends Placed>(
  deps: CaseDeps,
  kind: CaseKind<Of, PlacedState>,
  { event, ...says }: Parameters<typeof createCaseStore<Of, PlacedState>>[2] & { readonly event: string },
): PlacedStore<Of> & Standing<Of> {
  const cases = createCaseStore(deps, kind, says);
  return {
    ...cases,
    place: (placed) => cases.open(placed),
    lift: (id, lifted) =>
      cases.step(id, {
        ...{ event, author: lifted.by, at: lifted.at, from: ["IN_FORCE"] },
        change: (placed) => ({ ...placed, lifted }),
      }),
    page: ({ filter: { clientId, patient, states }, ...query }) =>
      cases.page({
        ...query,
        states,
        where: [...is("client_id", clientId), ...is("patient", patient)],
      }),
    standing: (now, patient) =>
      cases.look([['"decided_at" IS NULL AND ("ends_at" IS NULL OR "ends_at" > ?)', now], ...is("patient", patient)]),
  };
}

/** Keeps revocations of tokens. */
export const createTokenRevocationStore = (deps: CaseDeps): TokenRevocationStore =>
  createPlacedStore(deps, tokenRevocationKind, {
    event: "ENDED",
    actOf: (revocation) => tokenRevocationAct(revocationAct(revocation)),
  });

export const createLegalHoldStore = (deps: CaseDeps) =>
  createPlacedStore(deps, legalHoldKind, { event: "LIFTED", actOf: (hold) => legalHoldAct(holdAct(hold)) });

/** Keeps suspensions of accountings. */
export function createSuspensionStore(deps: CaseDeps): AccountingSuspensionStore {
  const placed = createPlacedStore(deps, suspensionKind, {
    event: "ENDED",
    actOf: (suspension) => accountingSuspensionAct(suspensionAct(suspension)),
    standing: ({ id }) =>
      conflict(
        `An oral statement about the same patient and recipient is in force (${id}): only a written one lengthens it.`,
      ),
  });
  return { ...placed, inForce: (patient, now) => placed.standing(now, patient) };
}
