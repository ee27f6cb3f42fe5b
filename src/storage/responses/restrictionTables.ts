import type { KeptRestriction, RestrictedHolder } from "../../domain/decisions/restrictions/restriction.ts";
import { columnsOf, fromRow, toDatabase } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";
import { peopleColumn, storedPerson, subjectPeople } from "../database/storedPerson.ts";

/** Persons in columns of their own: the database compares them itself. A client's type is `client`. */
type RestrictionRow = Omit<KeptRestriction, "holder" | "imposedBy" | "lifted" | "rule"> & {
  readonly holderKind: RestrictedHolder["kind"];
  readonly holderType: string;
  readonly holderId: string;
  readonly holderPeople: readonly string[];
  readonly imposedBy: string;
  readonly imposerSubjectId: string | null;
  readonly imposerSubjectType: string | null;
  readonly imposerIssuer: string | null;
  readonly imposerPeople: readonly string[] | null;
  readonly liftedAt: number | null;
  readonly liftedBy: string | null;
  readonly lifterSubjectId: string | null;
  readonly lifterSubjectType: string | null;
  readonly lifterIssuer: string | null;
  readonly lifterPeople: readonly string[] | null;
  readonly liftReason: string | null;
  readonly ruleOrganization: string | null;
  readonly ruleRevision: number | null;
};
export const restrictionColumns = columnsOf<RestrictionRow>({
  id: "key",
  response: "key",
  alertId: "key",
  holderKind: "key",
  holderType: "key",
  holderId: "key",
  holderPeople: "json",
  reason: "text",
  imposedAt: "integer",
  imposedBy: "text",
  imposerSubjectId: "text",
  imposerSubjectType: "text",
  imposerIssuer: "text",
  imposerPeople: "json",
  endsAt: "integer",
  liftedAt: "integer",
  liftedBy: "text",
  lifterSubjectId: "text",
  lifterSubjectType: "text",
  lifterIssuer: "text",
  lifterPeople: "json",
  liftReason: "text",
  ruleOrganization: "key",
  ruleRevision: "integer",
});

function rowOf({ holder, imposedBy, lifted, rule, ...rest }: KeptRestriction): RestrictionRow {
  const holderType = holder.kind === "CLIENT" ? "client" : holder.type;
  return {
    ...rest,
    holderKind: holder.kind,
    holderType,
    holderId: holder.id,
    holderPeople: subjectPeople({ id: holder.id, type: holderType }),
    imposedBy: imposedBy.callerId,
    imposerSubjectId: imposedBy.subject?.id ?? null,
    imposerSubjectType: imposedBy.subject?.type ?? null,
    imposerIssuer: imposedBy.subject?.issuer ?? null,
    imposerPeople: peopleColumn(imposedBy),
    liftedAt: lifted?.at ?? null,
    liftedBy: lifted?.by.callerId ?? null,
    lifterSubjectId: lifted?.by.subject?.id ?? null,
    lifterSubjectType: lifted?.by.subject?.type ?? null,
    lifterIssuer: lifted?.by.subject?.issuer ?? null,
    lifterPeople: lifted === null ? null : peopleColumn(lifted.by),
    liftReason: lifted?.reason ?? null,
    ruleOrganization: rule?.organization ?? null,
    ruleRevision: rule?.revision ?? null,
  };
}

/** The values of a restriction, in the order of the columns. */
export function restrictionValues(kept: KeptRestriction): readonly unknown[] {
  const row = rowOf(kept) as unknown as Readonly<Record<string, unknown>>;
  return restrictionColumns.map((c) => toDatabase(row[c.property], c));
}

export function restrictionOf(raw: RawRow): KeptRestriction {
  const row = fromRow(restrictionColumns, raw) as unknown as RestrictionRow;
  const { alertId, endsAt, holderId, holderKind, holderType, id, imposedAt, reason, response } = row;
  const { liftReason, liftedAt, liftedBy, ruleOrganization, ruleRevision } = row;
  return {
    ...{ id, response, alertId, reason, imposedAt, endsAt },
    holder:
      holderKind === "CLIENT" ? { kind: "CLIENT", id: holderId } : { kind: "SUBJECT", type: holderType, id: holderId },
    imposedBy: storedPerson(row.imposedBy, {
      ...{ id: row.imposerSubjectId, type: row.imposerSubjectType, issuer: row.imposerIssuer },
    }),
    rule:
      ruleOrganization === null || ruleRevision === null
        ? null
        : { organization: ruleOrganization, revision: ruleRevision },
    lifted:
      liftedAt === null || liftedBy === null || liftReason === null
        ? null
        : {
            at: liftedAt,
            by: storedPerson(liftedBy, {
              ...{ id: row.lifterSubjectId, type: row.lifterSubjectType, issuer: row.lifterIssuer },
            }),
            reason: liftReason,
          },
  };
}
