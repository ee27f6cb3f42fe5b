import type { Breathe } from "../kernel/ports.ts";
import type { CaseCode } from "./caseKind.ts";
import type { ViewerMay } from "./steps.ts";

const SEVERITIES = ["HIGH", "MEDIUM", "LOW", "INFO"] as const;
export type CaseSeverity = (typeof SEVERITIES)[number];
/** How soon people should look at something; of alerts, which come in its order below HIGH. */
export type CaseRank = "SENSITIVE_UNEXPLAINED" | "UNEXPLAINED" | "UNUSUAL";

/** What of a case an inbox shows. */
export interface CaseTitle {
  /** In words, without its end. */
  readonly title: string;
  /** About whom, as the caller may see them; null: about nobody. */
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly patient: string | null;
  readonly clientId: string | null;
}

/** A case that waits for a step which the caller may take. Times are milliseconds since 1970. */
export interface WaitingCase extends CaseTitle {
  readonly kind: CaseCode;
  /** Of several that are one entry, of what they belong to. */
  readonly id: string;
  /** How many it stands for. */
  readonly count: number;
  readonly severity: CaseSeverity | null;
  readonly rank: CaseRank | null;
  readonly since: number;
  /** When it should be done, or ends by itself; null: it has time. */
  readonly due: number | null;
  readonly viewerMay: readonly ViewerMay[];
}

/** By what cases are put in order, whatever their kind. */
export type Urgency = Pick<WaitingCase, "due" | "id" | "severity" | "since">;

/** The place of a severity, the gravest first, and behind all of them what has none. */
const placeOf = (severity: CaseSeverity | null): number =>
  severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity);

/** What is due comes first; of what has time, the severe and then the old. */
export function byUrgency(a: Urgency, b: Urgency): number {
  const [dueA, dueB] = [a.due ?? Number.POSITIVE_INFINITY, b.due ?? Number.POSITIVE_INFINITY];
  const [severe, old] = [placeOf(a.severity) - placeOf(b.severity), a.since - b.since];
  return (dueA === dueB ? 0 : dueA - dueB) || severe || old || (a.id < b.id ? -1 : 1);
}

/** What waits of one kind, read in parts as it is taken: what stands behind is not looked at. */
export interface WaitingLine {
  /** The next entry; null: none is left of the cases that are looked at. */
  next(): Promise<Urgency | null>;
  /** The first so many that `next` gave, as the caller may see them. How many each stands for is known once `next` was asked again. */
  shown(taken: number): Promise<readonly WaitingCase[]>;
  /** How many entries stand behind those, at most (to the letter where every case was looked at), and whether more cases wait than are looked at. */
  behind(taken: number): Promise<{ readonly atMost: number; readonly isMore: boolean }>;
}

/** Cases that are read, and looked at, without a break. */
const AT_ONCE = 25;

/** An entry: its first case, with what is known of it. */
interface Entry<Case, Facts> {
  readonly first: Case;
  readonly facts: Facts;
  readonly viewerMay: readonly ViewerMay[];
  count: number;
}

export function createWaitingLine<Case, Facts>(
  deps: {
    /** The most urgent behind a case, null: of all; at most so many. */
    readonly read: (after: Case | null, first: number) => Promise<readonly Case[]>;
    /** How many cases there are, counted up to `first`. */
    readonly count: (first: number) => Promise<number>;
    readonly factsOf: (cases: readonly Case[]) => Promise<(of: Case) => Facts>;
    readonly mayOf: (of: Case, facts: Facts) => readonly ViewerMay[];
    readonly urgencyOf: (of: Case) => Urgency;
    readonly show: (entries: readonly Entry<Case, Facts>[]) => Promise<readonly WaitingCase[]>;
    readonly breathe: Breathe;
  },
  /** So many cases are looked at. */
  most: number,
): WaitingLine {
  const entries: Entry<Case, Facts>[] = [];
  const byId = new Map<string, Entry<Case, Facts>>();
  let [looked, given, isRead] = [0, 0, false];
  let last: Case | null = null;

  async function lookFurther(): Promise<void> {
    const first = Math.min(AT_ONCE, most - looked);
    await deps.breathe();
    const found = await deps.read(last, first);
    const factsAbout = await deps.factsOf(found);
    for (const each of found) {
      const facts = factsAbout(each);
      const viewerMay = deps.mayOf(each, facts);
      if (!viewerMay.some(({ allowed, isAwaited, needs }) => isAwaited && (allowed || needs !== null))) continue;
      const { id } = deps.urgencyOf(each);
      const known = byId.get(id);
      const entry = known ?? { first: each, facts, viewerMay, count: 0 };
      entry.count++;
      if (known !== undefined) continue;
      byId.set(id, entry);
      entries.push(entry);
    }
    looked += found.length;
    last = found.at(-1) ?? last;
    isRead = found.length < first;
  }

  return {
    async next() {
      while (given >= entries.length && !isRead && looked < most) await lookFurther();
      const entry = entries[given];
      if (entry === undefined) return null;
      given++;
      return deps.urgencyOf(entry.first);
    },
    shown: (taken) => deps.show(entries.slice(0, taken)),
    async behind(taken) {
      const found = entries.length - taken;
      if (isRead) return { atMost: found, isMore: false };
      const waiting = await deps.count(most + 1);
      return { atMost: found + Math.max(0, Math.min(waiting, most) - looked), isMore: waiting > most };
    },
  };
}
