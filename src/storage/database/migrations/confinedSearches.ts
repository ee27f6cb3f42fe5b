import type { Dialect } from "../dialect.ts";

// In this order, which CROSS JOIN keeps: few decisions have such an obligation.
const sqlite = (after: string, until: string): string => {
  const each = (of: string, path: string, name: string) =>
    `json_each(CASE WHEN ${of}."type" = 'object' THEN ${of}."value" ELSE '{}' END, '${path}') AS ${name}`;
  const patient = `d."personal"->>('$."obligations.' || o."key" || '.parameters.allOf.' || c."key" || '.anyOf.' || a."key" || '.patient"')`;
  return `INSERT INTO decision_patient ("of_patient", "seq")
    SELECT DISTINCT ${patient}, d."seq"
    FROM (SELECT * FROM "journal" WHERE "seq" > ${after} AND "seq" <= ${until} AND "kind" = 'DECISION'
        AND instr("personal", '"obligations.') > 0) AS d
      CROSS JOIN decision_index AS i ON i."seq" = d."seq" AND i."kind" = 'ACCESS' AND i."patient" IS NULL
      CROSS JOIN json_each(d."record", '$.obligations') AS o
      CROSS JOIN ${each("o", "$.parameters.allOf", "c")}
      CROSS JOIN ${each("c", "$.anyOf", "a")}
    WHERE o."type" = 'object' AND o."value"->>'type' = 'filter' AND ${patient} IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM ${each("c", "$.anyOf", "x")}
        WHERE x."type" <> 'object' OR COALESCE(CASE WHEN x."type" = 'object' THEN x."value"->>'type' END, '') <> 'patient')`;
};

const postgres = (after: string, until: string): string => {
  const each = (value: string, name: string) =>
    `jsonb_array_elements(CASE WHEN jsonb_typeof(${value}) = 'array' THEN ${value} ELSE '[]' END) WITH ORDINALITY AS ${name}("value", "n")`;
  const patient = `d.p->>('obligations.' || (o."n" - 1) || '.parameters.allOf.' || (c."n" - 1) || '.anyOf.' || (a."n" - 1) || '.patient')`;
  return `INSERT INTO decision_patient ("of_patient", "seq")
    SELECT DISTINCT ${patient}, d."seq"
    FROM (SELECT "seq", "record"::jsonb AS r, "personal"::jsonb AS p FROM "journal" WHERE "seq" > ${after} AND "seq" <= ${until}
        AND "kind" = 'DECISION' AND strpos("personal", '"obligations.') > 0) AS d
      JOIN decision_index AS i ON i."seq" = d."seq" AND i."kind" = 'ACCESS' AND i."patient" IS NULL
      CROSS JOIN LATERAL ${each("d.r->'obligations'", "o")}
      CROSS JOIN LATERAL ${each(`o."value"#>'{parameters,allOf}'`, "c")}
      CROSS JOIN LATERAL ${each(`c."value"->'anyOf'`, "a")}
    WHERE o."value"->>'type' = 'filter' AND ${patient} IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM ${each(`c."value"->'anyOf'`, "x")} WHERE COALESCE(x."value"->>'type', '') <> 'patient')`;
};

const engines: { readonly [Name in Dialect["name"]]: typeof sqlite } = { sqlite, postgres };

/**
 * One INSERT into `decision_patient` of the patients to whom a filter confines searches that name nobody, of the decisions after a
 * position up to and with another: so such a search is found as an access to them. A clause confines where each of its conditions
 * is a patient. What obligations hold beside that can be anything, which no function here may stumble over.
 * The two positions as the statement is to have them: parameters or expressions.
 */
export const indexConfined = (
  engine: Dialect["name"],
  [after, until]: readonly [after: string, until: string],
): string => engines[engine](after, until);
