import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { cli } from "../cli/support.ts";
import type { Service } from "../http/support.ts";

/** What is asked, of GraphQL or on the command line, and what is answered, to the letter. */
interface Row {
  readonly question: string;
  /** Whose key; absent: `standard`. */
  readonly as?: string;
  readonly ask?: string;
  /** The value of its one root field. */
  readonly answer?: unknown;
  /** The message of a BAD_USER_INPUT. */
  readonly refusal?: string;
  readonly run?: readonly string[];
  /** One of the lines that are printed. */
  readonly line?: string;
}

/** A test for each row of a table of sentences. */
export function testRows(
  table: string,
  { keyOf, service }: { readonly service: () => Service; readonly keyOf: (as: string | undefined) => string },
): void {
  const rows: readonly Row[] = parse(
    readFileSync(new URL(`../cases/sentences/${table}.yaml`, import.meta.url), "utf8"),
  );
  for (const { answer, as, ask, line, question, refusal, run } of rows)
    test(question, async () => {
      const { ask: put, url } = service();
      if (run !== undefined) {
        const ended = await cli(run, { env: { SCOPEWARDEN_URL: url, SCOPEWARDEN_KEY: keyOf(as) } });
        const lines = `${ended.stdout}${ended.stderr}`.split("\n");
        return assert.ok(line !== undefined && lines.includes(line), lines.join("\n"));
      }
      const { body, text } = await put(ask ?? "", { key: keyOf(as) });
      if (refusal === undefined) {
        assert.equal(body.errors, undefined, text);
        assert.deepEqual(Object.values(body.data)[0], answer);
      } else {
        assert.equal(body.errors?.[0].message, refusal, text);
        assert.equal(body.errors[0].extensions.code, "BAD_USER_INPUT");
      }
    });
}
