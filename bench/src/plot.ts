/** A plot of what a decision costs against the number of rules, both axes logarithmic. */

type Series = Readonly<Record<string, number>>;
interface EngineResult {
  readonly p50_us: Series;
  readonly casbin_p50_us: Series;
  readonly cedar_p50_us: Series;
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 78;
const RIGHT = 150;
const TOP = 52;
const BOTTOM = 56;
const X = { min: 10, max: 1_000_000 };
const Y = { min: 10, max: 100_000 };
const NAMES: Readonly<Record<number, string>> = {
  10: "10 µs",
  100: "100 µs",
  1000: "1 ms",
  10000: "10 ms",
  100000: "100 ms",
};

const along = (value: number, { min, max }: { readonly min: number; readonly max: number }): number =>
  Math.log10(value / min) / Math.log10(max / min);
const x = (rules: number): number => Math.round((LEFT + along(rules, X) * (WIDTH - LEFT - RIGHT)) * 10) / 10;
const y = (us: number): number => Math.round((HEIGHT - BOTTOM - along(us, Y) * (HEIGHT - TOP - BOTTOM)) * 10) / 10;
const powers = ({ min, max }: { readonly min: number; readonly max: number }): number[] =>
  Array.from({ length: Math.round(Math.log10(max / min)) + 1 }, (_, i) => min * 10 ** i);

function line(series: Series, name: string, color: string, width: number): string {
  const points = Object.entries(series).map(([rules, us]) => [x(Number(rules)), y(us)] as const);
  const [endX, endY] = points.at(-1) ?? [0, 0];
  return [
    `<polyline points="${points.map((p) => p.join(",")).join(" ")}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"/>`,
    ...points.map(
      ([px, py]) => `<circle cx="${px}" cy="${py}" r="4" fill="${color}" stroke="#fff" stroke-width="1.5"/>`,
    ),
    `<text x="${endX + 10}" y="${endY + 4}" fill="${color}" font-weight="600">${name}</text>`,
  ].join("\n");
}

export function costPlot(result: EngineResult): string {
  const grid = [
    ...powers(Y).map(
      (us) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(us)}" y2="${y(us)}" stroke="#e3e6ea"/><text x="${LEFT - 10}" y="${y(us) + 4}" text-anchor="end">${NAMES[us]}</text>`,
    ),
    ...powers(X).map(
      (rules) =>
        `<text x="${x(rules)}" y="${HEIGHT - BOTTOM + 22}" text-anchor="middle">${rules.toLocaleString("en-US")}</text>`,
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#57606a" role="img" aria-labelledby="title">
<title id="title">Time of one decision against the number of rules, median, on logarithmic axes</title>
<rect width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#fff"/>
<text x="${LEFT}" y="28" font-size="15" font-weight="600" fill="#1f2328">Time of one decision, in-process, median</text>
${grid.join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">rules in the policy</text>
${line(result.cedar_p50_us, "Cedar (wasm)", "#8250df", 2)}
${line(result.casbin_p50_us, "node-casbin", "#bc4c00", 2)}
${line(result.p50_us, "Scopewarden", "#0969da", 3)}
</svg>
`;
}
