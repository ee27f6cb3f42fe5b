import { printTable } from "../../lib/table.ts";
import { DOSES } from "../incidents/incident.ts";
import type { Evaluation } from "./evaluation.ts";

type Cell = string | number | null;
const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(3)));
const of = ({ hits, of: all }: { readonly hits: number; readonly of: number }): Cell =>
  all === 0 ? null : `${hits}/${all}`;
const between = (interval: readonly [number, number] | null): Cell =>
  interval === null ? null : interval.map((end) => end.toFixed(2)).join(" to ");

/** What was wanted of watching, each as a figure and whether it holds. */
export function wanted(
  result: Evaluation,
): readonly (readonly [what: string, measured: number | null, wanted: string, met: boolean])[] {
  const slow = result.kinds.find(({ kind }) => kind === "SLOW_READER");
  const least = (what: string, value: number | null, bound: number) =>
    [what, rounded(value), `at least ${bound}`, value !== null && value >= bound] as const;
  const most = (what: string, value: number | null, bound: number) =>
    [what, rounded(value), bound === 0 ? "none" : `at most ${bound}`, value !== null && value <= bound] as const;
  return [
    least("recall of incidents", result.recall.share, 0.9),
    least("precision of alerts", result.alerts.share, 0.5),
    least("precision of HIGH alerts", result.high.share, 0.8),
    most("false alerts in 10,000 accesses", result.falseIn10000, 0.5),
    most("bad decisions before the alert, median", result.before, 10),
    most("days until a slow reader is found, median", slow?.days ?? null, 5),
    least("share of accesses by people that is explained", result.explained.share, 0.95),
    most("accesses of snooping that a relation explains", result.snoopingExplained, 0),
  ];
}

/** Tables for people, what was missed first. */
export function printEvaluation(title: string, result: Evaluation): void {
  printTable(
    `${title}: incidents that were found, those missed most first`,
    ["kind", "found", ...DOSES.map((dose) => dose.toLowerCase()), "limit", "bad before", "days"],
    result.kinds.map(({ kind, recall, byDose, limit, before, days }) => [
      kind,
      of(recall),
      ...DOSES.map((dose) => of(byDose[dose])),
      limit,
      before,
      days === null ? null : days.toFixed(2),
    ]),
  );
  printTable(
    `${title}: what was wanted`,
    ["", "measured", "wanted", "met"],
    [...wanted(result).map(([what, value, bound, met]) => [what, value, bound, met ? "yes" : "no"])],
  );
  const { alerts, high, recall, undocumented } = result;
  printTable(
    `${title}: intervals at 95 %`,
    ["", "of", "interval"],
    [
      ["recall", of(recall), between(recall.interval)],
      ["precision", of(alerts), between(alerts.interval)],
      ["precision of HIGH", of(high), between(high.interval)],
      ["undocumented of the staff's accesses", of(undocumented), between(undocumented.interval)],
    ],
  );
  if (result.falseAbout.length === 0) return;
  printTable(`${title}: false alerts by what they are about`, ["", "alerts"], [...result.falseAbout]);
  printTable(`${title}: false alerts by detector`, ["", "alerts"], [...result.falseBy]);
}
