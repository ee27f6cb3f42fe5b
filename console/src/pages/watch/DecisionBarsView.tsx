import { useAsk } from "../../api/useAsk.ts";
import type { DecisionFilter } from "../../generated/schema.ts";
import { barsOf, unitOf } from "../../ui/bars.ts";
import { DayBars } from "../../ui/charts.tsx";
import { Failed } from "../../ui/feedback.tsx";
import { count } from "../../ui/words.ts";
import { DecisionBars } from "./decisions.graphql.ts";

interface Props {
  readonly from: string;
  readonly to: string | null;
  readonly filter: DecisionFilter;
}

/** How many were allowed and denied, a bar a day (an hour, of two days at most), with the figures of all. */
export function DecisionBarsView({ from, to, filter }: Props) {
  const unit = unitOf(from, to);
  const asked = useAsk(DecisionBars, { from, to, filter, by: [unit.by] });
  if (asked.error !== null) return <Failed error={asked.error} retry={asked.refresh} />;
  const stats = asked.data?.stats;
  if (stats === undefined) return <div className="card pad watch-bars" aria-hidden="true" />;
  const denied = stats.rows.reduce((sum, row) => sum + (row.denied ?? 0), 0);
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
          , by the {unit.name}.{denied > 0 && filter.outcome == null && " Denied ones stand on top."}
        </span>
      </p>
      <DayBars
        bars={barsOf(stats, unit)}
        label={`Accesses by the ${unit.name}: ${stats.total} in all, ${denied} denied`}
      />
    </div>
  );
}
