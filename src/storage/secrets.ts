import { type Dialect, withParameters } from "./database/dialect.ts";
import type { Writer } from "./database/writer.ts";

/**
 * The random value of a name, made at its first use and the same ever after, for all instances of the database: a
 * pseudonym that was read yesterday must be today's.
 */
export async function sharedSecret(
  {
    writer,
    dialect,
    newSecret,
  }: { readonly writer: Writer; readonly dialect: Dialect; readonly newSecret: () => string },
  name: string,
): Promise<string> {
  const insert = 'INSERT INTO service_secret ("name", "value") VALUES (?, ?) ON CONFLICT DO NOTHING';
  return writer.write(async ({ run }) => {
    await run(withParameters(dialect, insert), [name, newSecret()]);
    const { rows } = await run(withParameters(dialect, 'SELECT "value" FROM service_secret WHERE "name" = ?'), [name]);
    return String(rows[0]?.value);
  });
}
