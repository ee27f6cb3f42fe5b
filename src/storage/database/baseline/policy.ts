import type { Room } from "./columnTypes.ts";

/** One table a noun, each row with the revisions at which it began and ended; the revisions; and one that is being written in parts. */
export const policy: Room = ({ boolean, integer, text }) => {
  const nouns: Readonly<Record<string, { readonly columns: string; readonly indexed?: readonly string[] }>> = {
    client: {
      columns: `"id" ${text} NOT NULL, "name" ${text} NOT NULL, "status" ${text} NOT NULL, "description" ${text},
        "protocol_scopes" ${text}, "care_critical" ${boolean} NOT NULL DEFAULT FALSE`,
    },
    scope: {
      columns: `"name" ${text} NOT NULL, "version" ${integer} NOT NULL, "state" ${text} NOT NULL, "title" ${text},
        "description" ${text}, "translations" ${text} NOT NULL, "declarations" ${text} NOT NULL,
        "requires_consent" ${boolean} NOT NULL, "justification" ${text},
        "deprecated_at" ${integer}, "sunset_at" ${integer}, "replaced_by" ${text}, "retired_at" ${integer}`,
      indexed: ["name"],
    },
    role: {
      columns: `"name" ${text} NOT NULL, "inherits" ${text} NOT NULL, "description" ${text}`,
    },
    grant: {
      columns: `"client_id" ${text} NOT NULL, "scope" ${text} NOT NULL, "valid_from" ${integer}, "valid_until" ${integer}`,
      indexed: ["client_id", "scope"],
    },
    assignment: {
      columns: `"subject_id" ${text}, "subject_type" ${text}, "client_id" ${text}, "role" ${text} NOT NULL,
        "organization" ${text} NOT NULL, "valid_from" ${integer}, "valid_until" ${integer},
        CHECK (("subject_id" IS NULL) <> ("client_id" IS NULL) AND ("subject_id" IS NULL) = ("subject_type" IS NULL))`,
      indexed: ["subject_id", "client_id", "role"],
    },
    rule: {
      // Casbin takes an effect it does not know for an allow: no such row may exist.
      columns: `"id" ${text} NOT NULL, "role" ${text} NOT NULL, "scope" ${text} NOT NULL, "action" ${text} NOT NULL,
        "resource_type" ${text} NOT NULL, "when" ${text}, "effect" ${text} NOT NULL CHECK ("effect" IN ('ALLOW', 'DENY')),
        "obligations" ${text} NOT NULL, "description" ${text}, "justification" ${text}`,
      indexed: ["role", "scope"],
    },
    organization: {
      columns: `"id" ${text} NOT NULL, "name" ${text}, "consent_on_silence" ${text}, "special_protection" ${text},
        "purpose_required" ${boolean}, "patient_scopes_reach_shared" ${boolean}, "part2_program" ${boolean}, "access_request_max_minutes" ${integer},
        "break_glass" ${text}, "consent_requests" ${text}, "emergency_overrides_refusal" ${boolean},
        "alert_responses" ${text}, "retention_years" ${integer}, "legal_hold" ${boolean}, "justification" ${text}`,
    },
  };
  return [
    `CREATE TABLE "policy_revision" ("revision" ${integer} NOT NULL PRIMARY KEY, "author" ${text} NOT NULL,
      "reason" ${text} NOT NULL, "committed_at" ${integer} NOT NULL, "change_count" ${integer} NOT NULL,
      "changes_sha256" ${text} NOT NULL)`,
    ...Object.entries(nouns).flatMap(([noun, { columns, indexed = [] }]) => {
      const table = `policy_${noun}`;
      return [
        `CREATE TABLE "${table}" ("row_key" ${text} NOT NULL, "since" ${integer} NOT NULL, "until" ${integer},
          ${columns}, PRIMARY KEY ("row_key", "since"), CHECK ("until" > "since"))`,
        // At most one row of an identity is current.
        `CREATE UNIQUE INDEX "${table}_current" ON "${table}" ("row_key") WHERE "until" IS NULL`,
        // What a revision began and ended, and what differs between two.
        `CREATE INDEX "${table}_since" ON "${table}" ("since", "row_key")`,
        `CREATE INDEX "${table}_until" ON "${table}" ("until", "row_key") WHERE "until" IS NOT NULL`,
        ...indexed.map((name) => `CREATE INDEX "${table}_${name}" ON "${table}" ("${name}")`),
      ];
    }),
    // One row: which revision is being written in parts, if any, and by which step it was last taken on.
    `CREATE TABLE "policy_unfinished" ("only" ${integer} NOT NULL PRIMARY KEY CHECK ("only" = 1), "writing" ${text},
      "revision" ${integer}, "step" ${integer}, CHECK (("writing" IS NULL) = ("revision" IS NULL)),
      CHECK (("writing" IS NULL) = ("step" IS NULL)))`,
    'INSERT INTO "policy_unfinished" ("only") VALUES (1)',
  ];
};
