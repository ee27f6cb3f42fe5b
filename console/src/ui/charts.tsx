import { Day } from "./when.tsx";

export interface Bar {
  /** An ISO time, or a name. */
  readonly key: string;
  readonly allowed: number;
  readonly denied: number;
}

/** Allowed above the line and denied below it, a bar a day. The figures are in a table for who can't see it. */
export function DayBars({ bars, label }: { readonly bars: readonly Bar[]; readonly label: string }) {
  const most = Math.max(1, ...bars.map((bar) => bar.allowed));
  const mostDenied = Math.max(1, ...bars.map((bar) => bar.denied));
  const width = 1000 / Math.max(1, bars.length);
  const onlyDenied = bars.every((bar) => bar.allowed === 0);
  return (
    <figure className="chart">
      <svg
        viewBox={onlyDenied ? "0 46 1000 30" : "0 0 1000 76"}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {bars.map(({ key, allowed, denied }, i) => (
          <g key={key}>
            <title>{`${key.slice(0, 10)}: ${allowed} allowed, ${denied} denied`}</title>
            <rect
              className="ALLOW"
              x={i * width + 1.5}
              width={Math.max(1, width - 3)}
              y={46 - (allowed / most) * 44}
              height={(allowed / most) * 44}
            />
            <rect
              className="DENY"
              x={i * width + 1.5}
              width={Math.max(1, width - 3)}
              y={48}
              height={(denied / mostDenied) * 26}
            />
          </g>
        ))}
        <line x1="0" x2="1000" y1="47" y2="47" vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption>
        <span>{bars[0] !== undefined && <Day at={bars[0].key} />}</span>
        <span>{bars.at(-1) !== undefined && <Day at={bars.at(-1)?.key} />}</span>
      </figcaption>
    </figure>
  );
}

/** A line of figures, the oldest first. */
export function Sparkline({ values, label }: { readonly values: readonly number[]; readonly label: string }) {
  const most = Math.max(1, ...values);
  const points = values
    .map((value, i) => `${(i / Math.max(1, values.length - 1)) * 100},${20 - (value / most) * 18}`)
    .join(" ");
  return (
    <svg className="sparkline" viewBox="0 0 100 22" preserveAspectRatio="none" role="img" aria-label={label}>
      <polyline points={points} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** How much of the most something is: a bar in a row. */
export const Share = ({
  of,
  most,
  tone = "plain",
}: {
  readonly of: number;
  readonly most: number;
  readonly tone?: "ALLOW" | "DENY" | "plain";
}) => (
  <svg className={`share ${tone}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
    <rect width="100" height="8" className="back" rx="2" />
    <rect width={(of / Math.max(1, most)) * 100} height="8" className="front" rx="2" />
  </svg>
);
