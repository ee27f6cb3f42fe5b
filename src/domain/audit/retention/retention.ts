import type { Breathe, Clock, NewId } from "../../kernel/ports.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { DAY_MS } from "../../policy/use.ts";
import { type ErasureAct, runsOf } from "../../record/erasureAct.ts";
import { erasedPersonal, type StoredAct } from "../../record/tree/leafEntry.ts";
import type { RecordHash } from "../../record/tree/recordHash.ts";
import { type Due, dueOf, shortestMs } from "./due.ts";
import type { ErasedRow, ErasureStep, PassedAct, RetentionStore } from "./store.ts";

/** Acts of one step: it takes a few milliseconds, for which decisions wait. */
const STEP = 32;
/** What was passed over is looked at again at the latest then: a setting may be another by now. */
const AGAIN_MS = 30 * DAY_MS;

/** What a look at the journal did, or would do. */
export interface Erased {
  readonly acts: number;
  readonly values: number;
  /** Acts whose time is over and that a hold keeps, of those that were looked at. */
  readonly held: number;
  /** When the time of the next act is over, in milliseconds since 1970; null: none waits, as far as was looked. */
  readonly nextAt: number | null;
  /** When the oldest act was whose time is not over by any setting; null: there is none. */
  readonly oldestAt: number | null;
}

export interface Retention {
  /**
   * Erases what identifies people from acts whose time is over, in steps, each with its act on record; until nothing is due, or
   * `isOver` says so. Steps that another instance takes are left to it.
   */
  eraseDue(isOver?: () => boolean): Promise<Erased>;
  /** What `eraseDue` would do now; nothing is changed. */
  preview(): Promise<Erased>;
}

/** What one step comes to. */
interface Judged {
  readonly rows: readonly ErasedRow[];
  readonly passed: readonly PassedAct[];
  readonly settled: readonly number[];
  readonly record: ErasureAct | null;
  readonly held: number;
  readonly nextAt: number | null;
  /** The first act that is so young that all after it are; null: there is none. */
  readonly young: { readonly position: number; readonly at: number } | null;
}

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
export const NOTHING_ERASED: Erased = { acts: 0, values: 0, held: 0, nextAt: null, oldestAt: null };
const plus = (sum: Erased, { held, nextAt, record, rows, young }: Judged): Erased => ({
  acts: sum.acts + rows.length,
  values: sum.values + (record?.values ?? 0),
  held: sum.held + held,
  nextAt: least(sum.nextAt, nextAt),
  oldestAt: young?.at ?? sum.oldestAt,
});

export function createRetention(deps: {
  readonly store: RetentionStore;
  readonly snapshot: () => Snapshot;
  readonly hash: RecordHash;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly giveWay: Breathe;
}): Retention {
  const { clock, giveWay, hash, newId, snapshot, store } = deps;
  type Facts = Parameters<typeof dueOf>[1];

  /**
   * `walking`: in the order of the journal, up to where all that follow are too young for any setting. A few whose clock was ahead don't
   * end it, and are passed over.
   */
  function judge(acts: readonly StoredAct[], facts: Facts, walking: boolean): Judged {
    const { now } = facts;
    const youngest = now - shortestMs(facts.snapshot);
    const rows: ErasedRow[] = [];
    const passed: PassedAct[] = [];
    const settled: number[] = [];
    const kinds = new Map<string, number>();
    const times: number[] = [];
    let [values, held] = [0, 0];
    const dues = acts.map((act) => dueOf(act, facts));
    const isYoung = ({ at }: Due): boolean => walking && at !== null && at > youngest;
    const end = dues.findLastIndex((due) => !isYoung(due)) + 1;
    const [first, firstDue] = [acts[end], dues[end]];
    const young = first === undefined || !firstDue?.at ? null : { position: first.position, at: firstDue.at };
    let nextAt: number | null = firstDue?.until ?? null;
    for (const [i, act] of acts.slice(0, end).entries()) {
      const { kind, position } = act;
      const personal = erasedPersonal(act, hash);
      if (personal === null) {
        settled.push(position);
        continue;
      }
      const { at, is, until } = dues[i] as Due;
      if (is === "LATER") nextAt = least(nextAt, until);
      if (is === "DUE" && at !== null) {
        rows.push({ position, personal });
        settled.push(position);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        values += Object.keys(JSON.parse(personal)).length;
        times.push(at);
        continue;
      }
      if (is === "HELD") held++;
      const againAt = is === "HELD" ? now + AGAIN_MS : Math.min(until, now + AGAIN_MS);
      passed.push({ position, againAt, held: is === "HELD" });
    }
    const record: ErasureAct | null =
      rows.length === 0
        ? null
        : {
            at: now,
            policyRevision: facts.snapshot.revision,
            positions: runsOf(rows.map(({ position }) => position).sort((a, b) => a - b)),
            acts: Object.fromEntries([...kinds].sort(([a], [b]) => (a < b ? -1 : 1))),
            values,
            oldestAt: Math.min(...times),
            newestAt: Math.max(...times),
          };
    return { rows, passed, settled, record, held, nextAt, young };
  }

  const factsOf = async () => {
    const { holds, version } = await store.inForce();
    return { facts: { snapshot: snapshot(), holds, now: clock() }, version };
  };
  const actOf = ({ record }: Judged): ErasureStep["act"] => (record === null ? null : { id: newId(), record });

  /** Those that were passed over, as far as they are to be looked at again. */
  async function againDue(isOver: () => boolean, sum: Erased): Promise<Erased> {
    let total = sum;
    while (!isOver()) {
      await giveWay();
      const { facts, version } = await factsOf();
      const acts = await store.again(facts.now, STEP);
      if (acts.length === 0) break;
      const judged = judge(acts, facts, false);
      const { passed, rows, settled } = judged;
      const by = { policyRevision: facts.snapshot.revision, holds: version };
      if (!(await store.take({ walked: null, act: actOf(judged), rows, passed, settled, ...by }))) break;
      total = plus(total, judged);
    }
    return total;
  }

  return {
    async eraseDue(isOver = () => false) {
      let total = await againDue(isOver, NOTHING_ERASED);
      while (!isOver()) {
        await giveWay();
        const { facts, version } = await factsOf();
        const { position: from } = await store.status();
        const { acts, isEnd, until } = await store.next(from, STEP);
        const judged = judge(acts, facts, true);
        const to = judged.young === null ? until : judged.young.position - 1;
        if (to > from) {
          const { passed, rows } = judged;
          const by = { policyRevision: facts.snapshot.revision, holds: version };
          const step = { walked: { from, to }, act: actOf(judged), rows, passed, settled: [], ...by };
          if (!(await store.take(step))) break;
        }
        total = plus(total, judged);
        if (judged.young !== null || isEnd) break;
      }
      if (total.acts > 0 || (await store.status()).uncleanAfter !== null) await store.scrub();
      return total;
    },

    async preview() {
      const { facts } = await factsOf();
      let total = NOTHING_ERASED;
      let { position } = await store.status();
      for (;;) {
        await giveWay();
        const { acts, isEnd, until } = await store.next(position, STEP);
        const judged = judge(acts, facts, true);
        total = plus(total, judged);
        if (judged.young !== null || isEnd) break;
        position = until;
      }
      let after = 0;
      for (;;) {
        await giveWay();
        const acts = await store.passed(after, STEP);
        total = plus(total, judge(acts, facts, false));
        const last = acts.at(-1);
        if (last === undefined) return total;
        after = last.position;
      }
    },
  };
}
