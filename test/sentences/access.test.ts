import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { type Service, seedHospital, startService } from "../http/support.ts";

interface Cell {
  readonly by: string | null;
  readonly role: string | null;
  readonly alsoHeld: readonly string[];
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
  readonly access: string;
  readonly conditions: readonly { readonly text: string }[];
}
interface Case {
  readonly question: string;
  readonly ask: object;
  readonly print?: Partial<Pick<Cell, "action" | "role" | "scope">>;
  readonly answer?: readonly string[];
  /** Of a question that is refused. */
  readonly error?: string;
}

let service: Service;
before(async () => {
  service = await startService();
  await seedHospital(service);
});
after(() => service.stop());

const QUERY = `query($input: ClientAccessInput!) { clientAccess(input: $input) { cells {
  by role alsoHeld scope action resourceType access conditions { text } } } }`;

function printed({ access, action, alsoHeld, by, conditions, resourceType, role, scope }: Cell): readonly string[] {
  const who = by === "SELF" ? "the client itself" : [role, ...alsoHeld].join(" with ");
  return [`${who}: ${scope}, ${action}, ${resourceType}: ${access}`, ...conditions.map(({ text }) => text)];
}

const cases = parse(readFileSync("test/cases/sentences/access.yaml", "utf8")) as readonly Case[];
for (const { answer, ask, error, print, question } of cases)
  test(question, async () => {
    const { key } = await service.createKey("REVIEWER");
    const { body, text } = await service.ask(QUERY, { key, variables: { input: ask } });
    if (error !== undefined) {
      assert.equal(body.errors?.[0].message, error, text);
      return;
    }
    const wanted = Object.entries(print ?? {});
    const cells: readonly Cell[] = body.data.clientAccess.cells;
    const found = cells.filter((cell) => wanted.every(([name, value]) => cell[name as keyof Cell] === value));
    assert.deepEqual(found.flatMap(printed), answer);
  });
