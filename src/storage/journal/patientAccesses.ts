import type { AccessesOf, AccessSummary, PatientAccessReader } from "../../domain/audit/disclosures/store.ts";
import type { Breathe } from "../../domain/kernel/ports.ts";
import { pageBudget } from "../database/select.ts";
import { isStorable } from "../database/text.ts";
import { recordsAt } from "./recordsAt.ts";
import { type NarrowRow, narrowRows } from "./search/accessRows.ts";
import { inJson } from "./search/indexedDecision.ts";
import type { SearchIndex } from "./search/searchIndex.ts";
import { token } from "./search/tokens.ts";

const isInEmergency = ({ reasonCodes }: NarrowRow): boolean => reasonCodes.includes("|BREAK_GLASS|");

function summaryOf(row: NarrowRow): AccessSummary {
  const { moreScopes, patients, purposeOfUse, reasonCodes, scope, subjectId: id, subjectType: type } = row;
  return {
    purposeOfUse,
    subject: id === null || type === null ? null : { id, type },
    scopes: [...(scope === null ? [] : [scope]), ...(moreScopes?.split(" ").filter((each) => each !== "") ?? [])],
    // Of what is about several it may be another's.
    byConsent: patients === 1 && reasonCodes.includes("|ALLOWED_BY_CONSENT|"),
    inEmergency: isInEmergency(row),
  };
}

/** Reads the index of decisions by the patients to whose data accesses were. */
export function createPatientAccessReader({
  giveWay,
  index,
}: {
  readonly index: SearchIndex;
  readonly giveWay: Breathe;
}): PatientAccessReader {
  /** Those of one patient, in parts, the newest first. A row has one patient: of what is about others, too, the record is asked. */
  const accessesOf = ({ from, outcome, patient, to }: AccessesOf, before: number | null) =>
    narrowRows(
      { giveWay, index },
      {
        before,
        tokens: (secret) => [
          token(secret, "patient", patient),
          token(secret, "kind", "ACCESS"),
          token(secret, "outcome", outcome),
        ],
        text: inJson(patient),
        window: { from, to },
        tells: (row) => row.kind === "ACCESS" && row.outcome === outcome && row.patient === patient,
        isWanted: (decision) =>
          decision.kind === "ACCESS" && decision.outcome === outcome && decision.patients.includes(patient),
      },
    );
  /** How many rows there are under tokens, up to so many. */
  async function counted(
    most: number,
    query: Omit<Parameters<typeof narrowRows>[1], "before">,
    counts: (row: NarrowRow) => boolean = () => true,
  ): Promise<number> {
    let count = 0;
    for await (const rows of narrowRows({ giveWay, index }, { ...query, before: null })) {
      count += rows.filter(counts).length;
      if (count >= most) return most;
    }
    return count;
  }

  return {
    async count(query) {
      if (!isStorable(query.patient)) return 0;
      let count = 0;
      for await (const rows of accessesOf(query, null)) count += rows.length;
      return count;
    },
    async alike(query, take) {
      if (!isStorable(query.patient)) return;
      for await (const rows of accessesOf(query, null)) {
        const groups = new Map<string, AccessSummary & { count: number }>();
        for (const row of rows) {
          const summary = summaryOf(row);
          const key = JSON.stringify(summary);
          const group = groups.get(key) ?? { ...summary, count: 0 };
          group.count++;
          groups.set(key, group);
        }
        if (groups.size > 0) take([...groups.values()]);
      }
    },
    async newest({ after, first, without, ...query }) {
      const found: (AccessSummary & { readonly position: number })[] = [];
      if (!isStorable(query.patient)) return found;
      for await (const rows of accessesOf(query, after))
        for (const row of rows) {
          if (row.purposeOfUse !== null && without.includes(row.purposeOfUse) && !isInEmergency(row)) continue;
          found.push({ ...summaryOf(row), position: row.seq });
          if (found.length === first) return found;
        }
      return found;
    },
    async records(positions) {
      const hasRoom = pageBudget();
      const found: Awaited<ReturnType<PatientAccessReader["records"]>>[number][] = [];
      for await (const { position, record, row } of recordsAt(positions, { ...index, giveWay })) {
        found.push({ position, record });
        if (!hasRoom(row)) break;
      }
      return found;
    },
    namingNobody: ({ from, most, to, without }) =>
      counted(
        most,
        {
          tokens: (secret) => [token(secret, "namesNobody", "yes"), token(secret, "outcome", "ALLOW")],
          text: null,
          window: { from, to },
          tells: () => true,
          isWanted: () => true,
        },
        (row) =>
          row.kind === "ACCESS" &&
          row.outcome === "ALLOW" &&
          !row.erased &&
          row.patients === 0 &&
          !without.includes(row.resourceType),
      ),
    erased: ({ from, most, to }) =>
      counted(
        most,
        {
          tokens: (secret) => [token(secret, "erased", "yes"), token(secret, "kind", "ACCESS")],
          text: null,
          window: { from, to },
          tells: () => true,
          isWanted: () => true,
        },
        (row) => row.kind === "ACCESS" && row.erased,
      ),
  };
}
