import type { JsonSchema } from "../../domain/policy/files/fileKinds.ts";
import { POLICY_FILE } from "../../domain/policy/files/policyShapes.ts";
import { CASE_FILE } from "../../domain/simulation/cases/caseShapes.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

const schemaOf = (title: string, description: string, schema: JsonSchema): JsonSchema => ({
  $schema: DIALECT,
  title,
  description,
  ...schema,
});

/** What a policy file may hold: made of what reads it. */
export const policySchema = (): JsonSchema =>
  schemaOf(
    "Scopewarden policy file",
    "Operations that make up a policy; all files of a folder are one policy.",
    POLICY_FILE.schema,
  );

/** What a file of cases may hold. */
const casesSchema = (): JsonSchema =>
  schemaOf(
    "Scopewarden test cases",
    "Requests and tokens with their expected answers, and what must never be allowed.",
    CASE_FILE.schema,
  );

export const SCHEMAS: Readonly<Record<string, () => JsonSchema>> = { policy: policySchema, cases: casesSchema };

export const printSchema = (schema: JsonSchema): string => `${JSON.stringify(schema, null, 2)}\n`;
