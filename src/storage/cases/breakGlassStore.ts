import { actOf, inVersion } from "../../domain/consent/breakGlass/breakGlass.ts";
import { breakGlassKind } from "../../domain/consent/breakGlass/breakGlassKind.ts";
import type { BreakGlassStore } from "../../domain/consent/breakGlass/store.ts";
import { conflict } from "../../domain/kernel/errors.ts";
import { breakGlassAct } from "../../domain/record/acts.ts";
import { isStorable } from "../database/text.ts";
import { among, type Condition, is } from "./caseSql.ts";
import { type CaseDeps, createCaseStore } from "./caseStore.ts";

const STATES = ["OPEN", "AWAITING_REVIEW", "REVIEWED"] as const;
const UNREVIEWED: Condition = ['"decided_at" IS NULL'];
const isOverdue = (now: number): Condition => ['("decided_at" IS NULL AND "due_at" <= ?)', now];

/** Emergencies, and what somebody else found of them. */
export function createBreakGlassStore(deps: CaseDeps): BreakGlassStore {
  const cases = createCaseStore(deps, breakGlassKind, {
    actOf: (kept) => breakGlassAct(actOf(kept)),
    standing: ({ id }) => conflict(`Emergency ${id} is open for the same subject, patient and organization already.`),
  });
  return {
    ...cases,
    async inForce(patients, now) {
      const storable = patients.filter(isStorable);
      if (storable.length === 0) return [];
      return cases.look(
        [['NOT "is_over" AND "ends_at" > ?', now], among(deps.dialect, '"patient"', storable)],
        'ORDER BY "id"',
      );
    },
    async versions(refs) {
      const byId = new Map((await cases.findAll(refs.map(({ id }) => id))).map((each) => [each.id, each]));
      return refs.map(({ id, version }) => {
        const kept = byId.get(id);
        return kept === undefined ? null : inVersion(kept, version);
      });
    },
    end: (id, ended) =>
      cases.step(id, {
        ...{ event: "ENDED", author: ended.by, at: ended.at, from: ["OPEN"] },
        change: (kept) => ({ ...kept, ended }),
      }),
    review: (id, review) =>
      cases.step(id, {
        ...{ event: "REVIEWED", author: review.by.callerId, at: review.at, from: ["AWAITING_REVIEW"] },
        change: (kept) => ({ ...kept, review }),
      }),
    page({ filter: { open, openedBy, overdue, patient, states, subjectId }, ownToo = false, ...query }) {
      const [due, ...dueAt] = isOverdue(query.now);
      return cases.page({
        ...query,
        states: open === undefined ? states : (states ?? STATES).filter((state) => (state === "OPEN") === open),
        where: [
          ...(overdue === undefined ? [] : [[overdue ? due : `NOT ${due}`, ...dueAt] as const]),
          ...(ownToo || subjectId === undefined ? [] : [['"subject_id" <> "patient"'] as const]),
          ...is("patient", patient),
          ...is("subject_id", subjectId),
          ...is("opened_by", openedBy),
        ],
      });
    },
    async counts(now) {
      const open = await cases.countOf({ where: [UNREVIEWED], states: ["OPEN"], now });
      const waiting = await cases.countOf({ where: [UNREVIEWED], states: ["AWAITING_REVIEW"], now });
      return { open, waiting, overdue: await cases.countOf({ where: [isOverdue(now)], now }) };
    },
  };
}
