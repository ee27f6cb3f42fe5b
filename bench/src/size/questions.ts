import type { Caller } from "../../../src/domain/callers/types.ts";
import type { AccessRecord, DecisionFilter } from "../../../src/domain/decisions/types.ts";
import type { Domain } from "../../../src/domain/domain.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { say } from "../lib/table.ts";
import { filtersOf } from "./decisions.ts";
import { type Timed, timed } from "./measure.ts";

const PAGE = 50;
const AUDITOR: Caller = { id: "auditor", roles: new Set(["auditor"]), defaultClientId: null };
/** What auditors ask of one client, person, patient or scope. */
const WHO = ["clientId", "subjectId", "patient", "scope"] as const;
const WITH = ["outcome", "purposeOfUse", "resourceType", "reason", "day"] as const;

export interface Row extends Timed {
  readonly question: string;
  readonly found: string;
}

interface Asked {
  readonly name: string;
  readonly filter: DecisionFilter;
}

function singles(filters: ReturnType<typeof filtersOf>): readonly Asked[] {
  return Object.entries(filters).flatMap(([name, values]) =>
    Object.entries(values).map(([value, filter]) => ({ name: `${name}, ${value}`, filter: filter as DecisionFilter })),
  );
}

function pairs(filters: ReturnType<typeof filtersOf>): readonly Asked[] {
  return WHO.flatMap((who) =>
    WITH.flatMap((other) =>
      (["common", "rare"] as const).flatMap((value) =>
        (["common", "rare"] as const).flatMap((second) => {
          const [a, b] = [filters[who]?.[value], filters[other]?.[second]];
          return a === undefined || b === undefined
            ? []
            : [{ name: `${who} ${value} + ${other} ${second}`, filter: { ...a, ...b } }];
        }),
      ),
    ),
  );
}

/** Every single filter of `decisions` and the pairs, the first page and one that begins in the middle of the journal. */
export async function askDecisions({
  storage,
  month,
  until,
  end,
}: {
  readonly storage: Pick<Storage, "decisions">;
  readonly month: readonly AccessRecord[];
  readonly until: number;
  readonly end: number;
}): Promise<readonly Row[]> {
  const filters = filtersOf(month, until);
  const rows: Row[] = [];
  for (const { filter, name } of [...singles(filters), ...pairs(filters)]) {
    for (const [place, after] of [
      ["first page", null],
      ["deep page", Math.floor(end / 2)],
    ] as const) {
      let found = 0;
      const took = await timed(async () => {
        const page = await storage.decisions.decisions({ filter, page: { first: PAGE, after } });
        found = page.items.length;
      });
      rows.push({ question: `${name}, ${place}`, found: `${found}`, ...took });
      if (took.p95 > 500) say(`${name}, ${place}: p95 ${took.p95} ms`);
    }
  }
  return rows;
}

const FIRST_PAGE = { first: 100, after: null } as const;
const UNUSED = { scope: null, unused: true } as const;

/** The questions about use of a day, of a month and of a quarter. */
export async function askUse({
  domain,
  month,
}: {
  readonly domain: Pick<Domain, "scopeLife">;
  readonly month: readonly AccessRecord[];
}): Promise<readonly Row[]> {
  const { scopeLife } = domain;
  const counts = new Map<string, number>();
  for (const { scope } of month) if (scope !== null) counts.set(scope, (counts.get(scope) ?? 0) + 1);
  const scopes = [...counts].sort(([, a], [, b]) => b - a).map(([scope]) => scope);
  const custom = scopes.filter((scope) => !scope.includes("/"));
  const smart = scopes.filter((scope) => scope.includes("/")).slice(0, 3);
  const rows: Row[] = [];
  const ask = async (question: string, work: (run: number) => Promise<string>): Promise<void> => {
    let found = "";
    const took = await timed(async (run) => {
      found = await work(run);
    });
    rows.push({ question, found, ...took });
    say(`${question}: p50 ${took.p50} ms, p95 ${took.p95} ms (${found})`);
  };
  for (const days of [1, 30, 90]) {
    for (const [kind, list] of [
      ["of a common scope", custom.slice(0, 3)],
      ["of a rare scope", custom.slice(-3)],
      ["of a SMART scope", smart],
    ] as const) {
      const name = (run: number): string => list[run % list.length] ?? "";
      await ask(`scopeUse ${kind}, ${days} d`, async (run) => {
        const { items, uses } = await scopeLife.use(AUDITOR, {
          scope: name(run),
          unused: false,
          days,
          page: FIRST_PAGE,
        });
        return `${uses} uses, ${items.length} clients`;
      });
      // A SMART scope that the policy does not have can't be retired.
      if (list === smart) continue;
      await ask(`retirementPreview ${kind}, ${days} d`, async (run) => {
        const preview = await scopeLife.retirementPreview(AUDITOR, { name: name(run), version: null, days });
        return `${preview.checked} checked, ${preview.wouldBreak} break${preview.complete ? "" : ", not all"}`;
      });
    }
    await ask(
      `scopeUse of unused grants, first page, ${days} d`,
      async () => `${(await scopeLife.use(AUDITOR, { ...UNUSED, days, page: FIRST_PAGE })).items.length} grants`,
    );
    await ask(`scopeUse of unused grants, all, ${days} d`, async () => {
      let count = 0;
      for (let after: string | null = null; ; ) {
        const page: Awaited<ReturnType<typeof scopeLife.use>> = await scopeLife.use(AUDITOR, {
          ...UNUSED,
          days,
          page: { first: 200, after },
        });
        count += page.items.length;
        after = page.items.at(-1)?.key ?? null;
        if (!page.hasNextPage) return `${count} grants`;
      }
    });
  }
  return rows;
}
