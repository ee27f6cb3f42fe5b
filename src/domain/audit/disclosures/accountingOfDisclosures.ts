import type { Caller } from "../../callers/types.ts";
import { isPatientData } from "../../decisions/consentUse.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";
import type { Clock } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { fhirTypes } from "../../scopes/fhir.ts";
import { sharedTypes } from "../../scopes/sharedTypes.ts";
import type { RecordAudit } from "../recordReads.ts";
import { type AccessPeriod, type AskedPeriod, readAccessPeriod } from "./accessPeriod.ts";
import { type Disclosure, disclosureOf } from "./disclosure.ts";
import {
  ACCOUNTED_KINDS,
  DISCLOSURE_KINDS,
  type DisclosureKind,
  disclosureKind,
  purposesWithout,
} from "./disclosureKind.ts";
import { type OwnerStores, ownParts } from "./ownPart.ts";
import { type NamesNow, patientName } from "./parties.ts";
import type { AccessSummary, PatientAccessReader } from "./store.ts";
import { type AccountingSuspensionStore, isLeftOut } from "./suspension.ts";

export interface DisclosureCount {
  readonly kind: DisclosureKind;
  readonly count: number;
}

/** A page of an accounting, newest first, with what it is a part of. */
export interface Accounting extends Page<Disclosure, number>, Omit<AccessPeriod, "patient"> {
  /** Where to go on: after the last item, or further on where none of what was looked at is listed; null: there is no more. */
  readonly next: number | null;
  /** The patient's name by the directory; null: it has none. */
  readonly patientName: string | null;
  /** How many there are in the period, by kind; those of kinds that are not listed too, those that a suspension leaves out not. */
  readonly counts: readonly DisclosureCount[];
  /** The kinds that are listed. */
  readonly listed: readonly DisclosureKind[];
  /** Allowed accesses of the period to data of patients that name none, and no filter confines: at most `MOST_NAMING_NOBODY`, which stands for more. */
  readonly namingNobody: number;
  /** Accesses of the period, allowed or denied, of which it is erased whose data they were about: at most `MOST_NAMING_NOBODY`, as above. */
  readonly erased: number;
}

type PlacedAccess = AccessSummary & { readonly position: number };

interface AccountingInput extends AskedPeriod {
  /** Which are listed; absent: those that are accounted for. */
  readonly kinds?: readonly DisclosureKind[] | null | undefined;
}

/** Whose data was disclosed to whom (45 CFR 164.528). @throws ScopewardenError BAD_USER_INPUT, JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE */
export type AccountingOfDisclosures = (
  caller: Caller,
  input: AccountingInput,
  page: PageRequest<number>,
) => Promise<Accounting>;

/** Accesses that a page looks at, and of one statement. */
const MOST_LOOKED_AT = 5_000;
const PART = 500;
export const MOST_NAMING_NOBODY = 10_001;

/** Types whose records are no patient's. */
const NOBODYS_TYPES: readonly string[] = [
  ...new Set([...sharedTypes, ...[...fhirTypes].filter((type) => !isPatientData(type, true))]),
];

export interface DisclosureDeps {
  readonly accesses: PatientAccessReader;
  readonly owners: OwnerStores;
  readonly names: () => NamesNow;
  readonly clock: Clock;
  readonly recordAudit: RecordAudit;
}

/** @throws ScopewardenError BAD_USER_INPUT for none, and for one twice */
function readKinds(kinds: AccountingInput["kinds"]): readonly DisclosureKind[] {
  if (kinds === null || kinds === undefined) return ACCOUNTED_KINDS;
  const read = new Reader();
  if (kinds.length === 0) read.problem("kinds", "must name a kind, or be absent");
  else if (new Set(kinds).size < kinds.length) read.problem("kinds", "must name each once");
  read.check();
  return kinds;
}

export function createAccountingOfDisclosures(
  deps: DisclosureDeps & { readonly suspensions: Pick<AccountingSuspensionStore, "inForce"> },
): AccountingOfDisclosures {
  const { accesses, clock, names, owners, recordAudit, suspensions } = deps;

  return async (caller, { kinds, ...given }, { after, first }) => {
    const period = readAccessPeriod(given, clock());
    const { from, patient, to } = period;
    const listed = readKinds(kinds);
    const now = names();
    const kindOf = (access: AccessSummary): DisclosureKind => disclosureKind(access, patient);
    const query = { ...period, outcome: "ALLOW" } as const;

    const suspended = await suspensions.inForce(patient, clock());
    /** Those of a part that no suspension leaves out: the records say to whom they were, the summaries do not. */
    const toldOf = async (part: readonly PlacedAccess[]): Promise<readonly PlacedAccess[]> => {
      if (suspended.length === 0) return part;
      const told = new Set<number>();
      for (let rest = part.map(({ position }) => position); rest.length > 0; ) {
        const records = await accesses.records(rest);
        for (const { position, record } of records)
          if (record.kind === "ACCESS" && !isLeftOut(record, suspended, now)) told.add(position);
        const last = records.at(-1)?.position;
        rest = last === undefined ? [] : rest.slice(rest.indexOf(last) + 1);
      }
      return part.filter(({ position }) => told.has(position));
    };

    const counted = new Map<DisclosureKind, number>();
    const count = (access: AccessSummary, times: number): void => {
      const kind = kindOf(access);
      counted.set(kind, (counted.get(kind) ?? 0) + times);
    };
    if (suspended.length === 0)
      await accesses.alike(query, (part) => {
        for (const { count: times, ...access } of part) count(access, times);
      });
    else
      for (let below: number | null | undefined = null; below !== undefined; ) {
        const part: readonly PlacedAccess[] = await accesses.newest({
          ...query,
          without: [],
          after: below,
          first: PART,
        });
        for (const access of await toldOf(part)) count(access, 1);
        below = part.length === PART ? part.at(-1)?.position : undefined;
      }

    const without = purposesWithout(listed);
    const found: { readonly position: number; readonly kind: DisclosureKind }[] = [];
    let last = after;
    let more = true;
    for (let looked = 0; more && found.length <= first && looked < MOST_LOOKED_AT; ) {
      const part = await accesses.newest({ ...query, without, after: last, first: PART });
      for (const access of await toldOf(part.filter((each) => listed.includes(kindOf(each)))))
        found.push({ position: access.position, kind: kindOf(access) });
      looked += part.length;
      last = part.at(-1)?.position ?? last;
      more = part.length === PART;
    }
    const shown = found.slice(0, first);
    const kindAt = new Map(shown.map(({ kind, position }) => [position, kind]));
    const records = await accesses.records(shown.map(({ position }) => position));
    const made = records.flatMap(({ position, record }) => (record.kind === "ACCESS" ? [{ position, record }] : []));
    const ownPart = await ownParts(
      patient,
      made.map(({ record }) => record),
      owners,
    );
    const items = made.map(({ position, record }) => ({
      key: position,
      node: disclosureOf(ownPart(record), kindAt.get(position) ?? "OTHER", now),
    }));
    const isWhole = items.length === found.length;
    const hasNextPage = !isWhole || more;
    const accounting = {
      items,
      hasNextPage,
      from,
      to,
      next: !hasNextPage ? null : isWhole ? last : (items.at(-1)?.key ?? null),
      patientName: patientName(now, patient),
      counts: DISCLOSURE_KINDS.map((kind) => ({ kind, count: counted.get(kind) ?? 0 })),
      listed,
      namingNobody: await accesses.namingNobody({ from, to, without: NOBODYS_TYPES, most: MOST_NAMING_NOBODY }),
      erased: await accesses.erased({ from, to, most: MOST_NAMING_NOBODY }),
    };
    const filter = { patient, from, to, kinds: listed };
    await recordAudit(caller, { field: "accountingOfDisclosures", filter, shown: items.length });
    return accounting;
  };
}
