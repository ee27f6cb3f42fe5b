interface Counted {
  readonly type: string;
  readonly property: string | null;
  readonly put: number;
  readonly deleted: number;
}

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;

/** "Patient: 3 added or replaced, of which 2 say vip and 3 say unit; 1 removed". */
export function entityCountWords({ deleted, put, type }: Counted, properties: readonly Counted[]): string {
  const named = properties.map(({ property, put: n }) => `${n} say ${property}`);
  const added = `${put} added or replaced${named.length === 0 ? "" : `, of which ${list(named)}`}`;
  return `${type}: ${[...(put > 0 ? [added] : []), ...(deleted > 0 ? [`${deleted} removed`] : [])].join("; ")}`;
}
