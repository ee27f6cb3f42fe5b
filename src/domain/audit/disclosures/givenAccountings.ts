import type { Caller } from "../../callers/types.ts";
import { conflict } from "../../kernel/errors.ts";
import type { Page, PageRequest } from "../../kernel/pages.ts";
import { patientId, patientProblem } from "../../kernel/patientId.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { reasonProblem, seenTextProblem } from "../../kernel/text.ts";
import type { AccountingGivenAct } from "../../record/accountingGivenAct.ts";
import { type Act, accountingGivenAct } from "../../record/acts.ts";
import type { RecordAudit } from "../recordReads.ts";
import { expectAccessPeriod } from "./accessPeriod.ts";
import { accountingLines } from "./accountingLines.ts";
import type { Accounting, AccountingOfDisclosures } from "./accountingOfDisclosures.ts";
import type { Disclosure } from "./disclosure.ts";
import type { DisclosureKind } from "./disclosureKind.ts";

type Maybe<Value> = Value | null | undefined;

/** An accounting that is to be given, as it arrives. */
export interface GiveAccountingInput {
  /** As an id or `Patient/id`. */
  readonly patient: string;
  readonly from: number;
  readonly to: number;
  readonly kinds?: Maybe<readonly DisclosureKind[]>;
  /** Where the directory has no name of the patient. */
  readonly patientName?: Maybe<string>;
  readonly organization: string;
  /** How many disclosures were read: what has changed since is not given unread. */
  readonly read: number;
  readonly struck: readonly { readonly decisionIds: readonly string[]; readonly reason: string }[];
}

/** Accountings that were given, newest first. Rejects with JOURNAL_UNAVAILABLE. */
export interface GivenAccountingStore {
  page(page: PageRequest<number>): Promise<Page<AccountingGivenAct, number>>;
}

/** Accountings of disclosures that patients were given. What is on record of one is what the patient has (45 CFR 164.528(d)). */
export interface GivenAccountings {
  /**
   * Makes an accounting, and puts all of it on record before the answer.
   * @throws ScopewardenError BAD_USER_INPUT, with paths from `input`, for what may not be struck too; CONFLICT where another number was read;
   * JOURNAL_UNAVAILABLE
   */
  give(caller: Caller, input: GiveAccountingInput): Promise<AccountingGivenAct>;
  /** Of this patient. That they were read is on record before the answer. @throws ScopewardenError BAD_USER_INPUT */
  page(
    caller: Caller,
    query: { readonly patient: string; readonly page: PageRequest<number> },
  ): Promise<Page<AccountingGivenAct, number>>;
}

/** Disclosures that are read at once, and that one accounting has at most. */
const PART = 1_000;
const MOST_GIVEN = 20_000;
/** Given accountings that are looked through at once for those of a patient. */
const LOOKED_THROUGH = 100;
const LONGEST_NAME = 200;

/** Which line each struck decision belongs to. @throws ScopewardenError BAD_USER_INPUT for what is not there, or is no use inside the house */
function checkStruck(struck: GiveAccountingInput["struck"], disclosures: readonly Disclosure[]): void {
  const read = new Reader();
  const known = new Map(disclosures.map((each) => [each.decisionId, each]));
  const seen = new Set<string>();
  for (const [i, { decisionIds }] of struck.entries()) {
    if (decisionIds.length === 0) read.problem(`input.struck[${i}].decisionIds`, "must name a disclosure");
    for (const [j, id] of decisionIds.entries()) {
      const path = `input.struck[${i}].decisionIds[${j}]`;
      const found = known.get(id);
      if (found === undefined) read.problem(path, "must be a disclosure of this accounting");
      else if (!found.mayBeUse)
        read.problem(path, "must not be struck: the recipient is of another organization than the data");
      else if (seen.has(id)) read.problem(path, "must be named once");
      seen.add(id);
    }
  }
  read.check();
}

export function createGivenAccountings(deps: {
  readonly accounting: AccountingOfDisclosures;
  readonly store: GivenAccountingStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly recordAct: (act: Act) => Promise<void>;
  readonly recordAudit: RecordAudit;
}): GivenAccountings {
  const { accounting, clock, newId, recordAct, recordAudit, store } = deps;

  function check(input: GiveAccountingInput): void {
    const { organization, patientName, struck } = input;
    const read = new Reader();
    expectAccessPeriod(read, input, clock(), "input.");
    const seen = (path: string, text: string): void => {
      if (text.trim() === "") read.problem(path, "must not be empty");
      else read.expect(path, seenTextProblem(text, LONGEST_NAME));
    };
    seen("input.organization", organization);
    if (patientName != null) seen("input.patientName", patientName);
    for (const [i, { reason }] of struck.entries()) read.expect(`input.struck[${i}].reason`, reasonProblem(reason));
    read.check();
  }

  /** All of an accounting. */
  async function whole(
    caller: Caller,
    input: GiveAccountingInput,
  ): Promise<{ readonly first: Accounting; readonly disclosures: readonly Disclosure[] }> {
    const { from, kinds, patient, to } = input;
    const disclosures: Disclosure[] = [];
    let first: Accounting | null = null;
    for (let after: number | null = null; ; ) {
      const page: Accounting = await accounting(caller, { patient, from, to, kinds }, { after, first: PART });
      first ??= page;
      disclosures.push(...page.items.map(({ node }) => node));
      if (disclosures.length > MOST_GIVEN) {
        const read = new Reader();
        read.problem(
          "input.from",
          `must leave at most ${MOST_GIVEN} disclosures: give several, each of a part of the time`,
        );
        read.check();
      }
      if (!page.hasNextPage || page.next === null) return { first, disclosures };
      after = page.next;
    }
  }

  return {
    async give(caller, input) {
      check(input);
      const { disclosures, first } = await whole(caller, input);
      const { patientName: known, counts, erased, from, listed, namingNobody, to } = first;
      const read = new Reader();
      if (known === null && input.patientName == null)
        read.problem("input.patientName", "must say the patient's name: the directory has none");
      if (known !== null && input.patientName != null && input.patientName !== known)
        read.problem("input.patientName", "must be left out: the directory has the patient's name");
      read.check();
      if (disclosures.length !== input.read)
        throw conflict(
          `The accounting has ${disclosures.length} disclosures, and ${input.read} were read: read it again before it is given.`,
        );
      checkStruck(input.struck, disclosures);
      const out = new Set(input.struck.flatMap(({ decisionIds }) => decisionIds));
      const accountingId = newId();
      const given: AccountingGivenAct = {
        ...{ accountingId, at: clock(), author: caller.id, patient: patientId(input.patient) },
        patientName: known ?? input.patientName ?? "",
        ...{ organization: input.organization, from, to, kinds: listed },
        lines: accountingLines(disclosures.filter(({ decisionId }) => !out.has(decisionId))),
        struck: input.struck.map(({ decisionIds, reason }) => ({
          decisionIds,
          lines: accountingLines(disclosures.filter(({ decisionId }) => decisionIds.includes(decisionId))),
          reason,
        })),
        ...{ counts, namingNobody, erased },
      };
      await recordAct(accountingGivenAct(accountingId, given));
      return given;
    },

    async page(caller, { patient: asked, page: { after, first } }) {
      const patient = patientId(asked);
      const read = new Reader();
      read.expect("patient", patientProblem(patient));
      read.check();
      const items: { readonly node: AccountingGivenAct; readonly key: number }[] = [];
      for (let last = after; items.length <= first; ) {
        const found = await store.page({ after: last, first: LOOKED_THROUGH });
        items.push(...found.items.filter(({ node }) => node.patient === patient));
        last = found.items.at(-1)?.key ?? null;
        if (!found.hasNextPage || last === null) break;
      }
      const shown = items.slice(0, first);
      await recordAudit(caller, { field: "accountingsGiven", filter: { patient }, shown: shown.length });
      return { items: shown, hasNextPage: items.length > first };
    },
  };
}
