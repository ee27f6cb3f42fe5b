import { type PointerEvent, useState } from "react";
import { type Bar, scaleOf } from "./bars.ts";

const HEIGHT = 96;
const figure = (n: number): string => n.toLocaleString("en-US");

/** What a bar says: "25 Nov 2026: 3,021 allowed, 12 denied". */
const wordsOf = ({ label, allowed, denied }: Bar): string =>
  `${label}: ${[...(allowed > 0 ? [`${figure(allowed)} allowed`] : []), ...(denied > 0 || allowed === 0 ? [`${figure(denied)} denied`] : [])].join(", ")}`;

/** Bars from a line upwards on one scale, denied on top of allowed. What a bar says stands beneath, for who points at it, touches it or goes there by arrow keys. */
export function DayBars({ bars, label }: { readonly bars: readonly Bar[]; readonly label: string }) {
  const [at, setAt] = useState<number | null>(null);
  const scale = scaleOf(Math.max(0, ...bars.map(({ allowed, denied }) => allowed + denied)));
  const top = scale.at(-1) ?? 1;
  const width = 1000 / Math.max(1, bars.length);
  const gap = Math.min(3, width / 4);
  const heightOf = (n: number): number => (n / top) * HEIGHT;
  const bar = at === null ? undefined : bars[at];
  const point = ({ clientX, currentTarget }: PointerEvent<HTMLElement>) => {
    const { left, width: all } = currentTarget.getBoundingClientRect();
    const found = Math.floor(((clientX - left) / Math.max(1, all)) * bars.length);
    setAt(Math.max(0, Math.min(bars.length - 1, found)));
  };
  return (
    <figure className="chart">
      <div className="chart-scale number" aria-hidden="true">
        {scale.toReversed().map((n) => (
          <span key={n}>{figure(n)}</span>
        ))}
      </div>
      <div className="chart-plot">
        <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {scale.map((n) => (
            <line
              key={n}
              x1="0"
              x2="1000"
              y1={HEIGHT - heightOf(n)}
              y2={HEIGHT - heightOf(n)}
              vectorEffect="non-scaling-stroke"
            />
          ))}
          {bars.map(({ key, allowed, denied }, i) => {
            const place = { x: i * width + gap / 2, width: Math.max(1, width - gap) };
            return (
              <g key={key} className={i === at ? "at" : ""}>
                <rect className="back" x={i * width} width={width} y="0" height={HEIGHT} />
                <rect className="ALLOW" {...place} y={HEIGHT - heightOf(allowed)} height={heightOf(allowed)} />
                <rect className="DENY" {...place} y={HEIGHT - heightOf(allowed + denied)} height={heightOf(denied)} />
              </g>
            );
          })}
        </svg>
        <input
          type="range"
          min={0}
          max={Math.max(0, bars.length - 1)}
          value={at ?? Math.max(0, bars.length - 1)}
          aria-label={label}
          aria-valuetext={wordsOf(bar ?? bars.at(-1) ?? { key: "", label: "", allowed: 0, denied: 0 })}
          onChange={(event) => setAt(Number(event.target.value))}
          onFocus={() => setAt(at ?? bars.length - 1)}
          onBlur={() => setAt(null)}
          onPointerDown={point}
          onPointerMove={point}
          // A finger leaves when it is lifted: what it touched is read after that.
          onPointerLeave={({ pointerType }) => pointerType === "mouse" && setAt(null)}
        />
      </div>
      <figcaption>
        <span>{bars[0]?.label}</span>
        {bar === undefined ? (
          <span className="muted">Choose a bar to read it</span>
        ) : (
          <strong className="number">{wordsOf(bar)}</strong>
        )}
        <span>{bars.at(-1)?.label}</span>
      </figcaption>
    </figure>
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
