import type { MigrationInterface, QueryRunner } from "typeorm";
import { keyIdOf } from "../../../domain/callers/callerName.ts";
import { makersOf } from "../../../domain/callers/makers.ts";
import { peopleOf } from "../../../domain/callers/samePerson.ts";
import type { ApiKey } from "../../../domain/callers/types.ts";
import { guards as proposal } from "./1795500000007-proposal.ts";
import { changesAny, dropGuards, type Guard, guardStatements } from "./guards.ts";
import { columnTypes, isPostgres, runAll } from "./helpers.ts";

/** Whoever took a step, or whose access something is about: its column, and the columns beside it that tell. */
interface Party {
  readonly column: string;
  /** The subject's id; a text of SQL, as is `type`. */
  readonly id: string;
  readonly type: string;
  /** The caller's id, of who took a step. */
  readonly caller?: string;
  /** Whether it stands from the beginning, and never changes. */
  readonly stays?: true;
}
const step = (name: string, caller: string): Party => ({
  ...{ column: `${name}_people`, id: `"${name}_subject_id"`, type: `"${name}_subject_type"`, caller: `"${caller}"` },
});

/** The tables that have such, and which of their rows may still be compared. */
const TABLES: readonly { readonly table: string; readonly open: string; readonly parties: readonly Party[] }[] = [
  {
    table: "proposal",
    open: `"closed_at" IS NULL`,
    parties: [{ ...step("author", "author"), stays: true }],
  },
  {
    table: "proposal_approval",
    open: "1 = 0",
    parties: [{ column: "people", id: `"subject_id"`, type: `"subject_type"`, caller: `"author"` }],
  },
  {
  },
];

/** Whether two of these lists have somebody in common, or one of them is missing, and so may be anybody. */
function mayBeSame(postgres: boolean, [a, b]: readonly [string, string]): string {
  const each = (list: string, as: string): string =>
    postgres ? `jsonb_array_elements_text(${list}::jsonb) AS ${as}("value")` : `json_each(${list}) AS ${as}`;
  return `(${a} IS NULL OR ${b} IS NULL OR EXISTS (SELECT 1 FROM ${each(a, "a")} JOIN ${each(b, "b")} ON a."value" = b."value"))`;
}

/** Of two who both say who issued their ids, other issuers are others. */
const sameIssuer = (a: string, b: string): string => `(${a} IS NULL OR ${b} IS NULL OR ${a} = ${b})`;

/** In the place of those of the same names. */
function comparing(postgres: boolean): readonly Guard[] {
  const same = (a: string, b: string): string => mayBeSame(postgres, [a, b]);
  return [
    {
      ...{ name: "proposal_approval_by_somebody_else", table: "proposal_approval", on: "INSERT" },
      when: `NOT EXISTS (SELECT 1 FROM "proposal" p WHERE p."id" = NEW."proposal_id" AND p."author" <> NEW."author"
        AND NOT (${sameIssuer('p."author_issuer"', 'NEW."issuer"')} AND ${same('p."author_people"', 'NEW."people"')}))`,
      refusal: "a proposal is approved by somebody else than its author",
    },
  ];
}

const staying = (postgres: boolean): readonly Guard[] =>
  TABLES.flatMap(({ parties, table }) => {
    const columns = parties.filter(({ stays }) => stays).map(({ column }) => column);
    if (columns.length === 0) return [];
    const refusal = "who it was does not change";
    return [{ name: `${table}_people_stay`, table, on: "UPDATE", when: changesAny(postgres, columns), refusal }];
  });

const dropped = (guards: readonly Guard[], postgres: boolean): readonly string[] => [
  ...guards.map(({ name, table }) => `DROP TRIGGER "${name}"${postgres ? ` ON "${table}"` : ""}`),
  ...(postgres ? dropGuards(guards) : []),
];

type Row = Readonly<Record<string, string | null>>;

/** Writes of what is still open who it was, by what is known of keys. */
async function fill(runner: QueryRunner): Promise<void> {
  const rows: readonly Row[] = await runner.query(
    `SELECT "id", "name", "roles", "subject", "created_by" FROM "api_key"`,
  );
  const keys = new Map(
    rows.map(({ created_by: createdBy, roles, subject, ...row }) => [
      String(row.id),
      {
        ...row,
        createdBy,
        roles: JSON.parse(roles ?? "[]"),
        subject: JSON.parse(subject ?? "null"),
      } as unknown as ApiKey,
    ]),
  );
  const store = { find: async (id: string) => keys.get(id) ?? null };
  const makersBehind = async (caller: string | null | undefined) => {
    const key = keys.get(keyIdOf(caller ?? "") ?? "");
    return key === undefined || key.roles.every((role) => role === "service") ? [] : makersOf(store, key);
  };
  for (const { open, parties, table } of TABLES)
    for (const { caller = "NULL", column, id, type } of parties) {
      const found: readonly Row[] = await runner.query(
        `SELECT DISTINCT ${id} AS "id", ${type} AS "type", ${caller} AS "caller" FROM "${table}" WHERE ${open} AND ${id} IS NOT NULL`,
      );
      for (const each of found) {
        const subject = { id: String(each.id), type: each.type ?? null, issuer: null };
        const people = peopleOf(subject, ...(await makersBehind(each.caller)));
        const equal = [[id, each.id] as const, [type, each.type] as const, [caller, each.caller] as const].filter(
          ([, value]) => value !== null,
        );
        const mark = (at: number): string => (isPostgres(runner) ? `$${at}` : "?");
        const where = [open, ...equal.map(([name], at) => `${name} = ${mark(at + 2)}`)].join(" AND ");
        const values = [JSON.stringify(people), ...equal.map(([, value]) => value)];
        await runner.query(`UPDATE "${table}" SET "${column}" = ${mark(1)} WHERE ${where}`, values);
      }
    }
}

/**
 * All whom the parties of a step stand for, in the form in which people are compared where that refuses (callers/samePerson.ts), so that the
 * database compares bytes. Of what is over it stays empty: nothing is compared there any more.
 */
export class People1795500000055 implements MigrationInterface {
  readonly name = "People1795500000055";

  async up(runner: QueryRunner): Promise<void> {
    const { text } = columnTypes(runner);
    const postgres = isPostgres(runner);
    for (const { parties, table } of TABLES)
      for (const { column } of parties) await runner.query(`ALTER TABLE "${table}" ADD COLUMN "${column}" ${text}`);
    await fill(runner);
    await runAll(runner, [
      ...dropped(comparing(postgres), postgres),
      ...guardStatements([...comparing(postgres), ...staying(postgres)], postgres),
    ]);
  }

  async down(runner: QueryRunner): Promise<void> {
    const postgres = isPostgres(runner);
    const replacing = comparing(postgres);
    const before = [proposal].flatMap((guards) => guards(postgres));
    await runAll(runner, [
      ...dropped([...replacing, ...staying(postgres)], postgres),
      ...guardStatements(
        before.filter(({ name }) => replacing.some((each) => each.name === name)),
        postgres,
      ),
      ...TABLES.flatMap(({ parties, table }) =>
        parties.map(({ column }) => `ALTER TABLE "${table}" DROP COLUMN "${column}"`),
      ),
    ]);
  }
}
