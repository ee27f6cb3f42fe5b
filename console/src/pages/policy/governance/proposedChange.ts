import type { TextFile } from "../../../ui/files.tsx";
import type { ProposalToTestResult } from "./tests.graphql.ts";

type ProposedChange = NonNullable<ProposalToTestResult["proposal"]>;

const NAME = "proposed-change.yaml";

/** Members that say nothing are left out, as files take no empty value. */
const said = (_name: string, value: unknown): unknown => (value === null ? undefined : value);

/** The change as a policy file would say it: YAML, with each operation as JSON. Null: it goes back to an earlier revision. */
export function changeFile({ operations, rollbackTo }: ProposedChange): TextFile | null {
  if (rollbackTo !== null) return null;
  const items = (operations as readonly object[]).map((operation) => JSON.stringify(operation, said, 2));
  const text = items.map((item) => `  - ${item.replaceAll("\n", "\n    ")}\n`).join("");
  return { name: NAME, text: `operations:\n${text}` };
}
