import { useAsk } from "../../api/useAsk.ts";
import type { DecisionFilter } from "../../generated/schema.ts";
import { DayBars } from "../../ui/charts.tsx";
import { Failed } from "../../ui/feedback.tsx";
import { count } from "../../ui/words.ts";
import { DecisionBars } from "./decisions.graphql.ts";
import { barsOf } from "./window.ts";

interface Props {
  readonly from: string;
  readonly to: string | null;
  readonly filter: DecisionFilter;
}

const TWO_DAYS_MS = 2 * 86_400_000;

/** How many were allowed and denied, a bar a day (an hour, of two days at most), with the figures of all. */
export function DecisionBarsView({ from, to, filter }: Props) {
  const by = (to === null ? Date.now() : Date.parse(to)) - Date.parse(from) <= TWO_DAYS_MS ? "HOUR" : "DAY";
  const asked = useAsk(DecisionBars, { from, to, filter, by: [by] });
  if (asked.error !== null) return <Failed error={asked.error} retry={asked.refresh} />;
  const stats = asked.data?.stats;
  if (stats === undefined) return <div className="card pad watch-bars" aria-hidden="true" />;
  const denied = stats.rows.reduce((sum, row) => sum + (row.denied ?? 0), 0);
  const unit = by === "DAY" ? "day" : "hour";
  return (
    <div className="card pad watch-bars">
      <p>
        <strong className="number">{count(stats.total, "access", "accesses")}</strong>
        <span className="muted">
          {filter.outcome === "DENY"
            ? " denied"
            : filter.outcome === "ALLOW"
              ? " allowed"
              : `, ${denied.toLocaleString("en-US")} of them denied`}
          , by the {unit} (UTC).
          {denied > 0 && filter.outcome == null && " Denied ones stand below the line, on a scale of their own."}
        </span>
      </p>
      <DayBars bars={barsOf(stats, by)} label={`Accesses by the ${unit}: ${stats.total} in all, ${denied} denied`} />
    </div>
  );
}
