import type { Dialect } from "./dialect.ts";

/** How one of the two databases makes rows of a parameter, a JSON array of arrays, and reads an item of the row at hand. */
interface JsonRows {
  /** For FROM; the alias is `j`. */
  readonly rows: string;
  text(i: number): string;
  integer(i: number): string;
}
const engines: { readonly [Name in Dialect["name"]]: JsonRows } = {
  sqlite: { rows: "json_each(?) AS j", text: (i) => `j."value"->>${i}`, integer: (i) => `j."value"->>${i}` },
  postgres: {
    rows: `jsonb_array_elements(?::jsonb) AS j("value")`,
    text: (i) => `(j."value"->>${i}) COLLATE "C"`,
    integer: (i) => `(j."value"->>${i})::BIGINT`,
  },
};

export const jsonRows = ({ name }: Pick<Dialect, "name">): JsonRows => engines[name];
