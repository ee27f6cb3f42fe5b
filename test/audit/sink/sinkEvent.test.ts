import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Fhir } from "fhir";
import type { StoredAct } from "../../../src/domain/audit/export/store.ts";
import { cloudEventsOf, type SinkForm, sinkEvent } from "../../../src/domain/audit/sink/sinkEvent.ts";
import { beginsSinkLine, isSinkLine } from "../../../src/domain/audit/sink/sinkLine.ts";
import { reason } from "../../../src/domain/decisions/reason.ts";
import type { Act } from "../../../src/domain/record/acts.ts";
import { exportLine } from "../../../src/domain/record/exportLine.ts";
import { KINDS } from "../../../src/domain/record/kinds.ts";
import { partsOf } from "../../../src/domain/record/personal.ts";
import { decision, grantDecision } from "../../storage/samples.ts";
import { labels } from "../../support/oneForm.ts";

const stored = (act: Act, position = 7): StoredAct => ({
  ...{ position, kind: act.kind, format: KINDS[act.kind].format, id: act.id, salt: "a salt" },
  ...partsOf(act),
});
const form = (more: Partial<SinkForm>): SinkForm => ({
  ...{ format: "NDJSON", personal: "NONE", pseudonym: (text) => `~${text.split("").reverse().join("")}` },
  ...more,
});
const FORMATS_TOLD = ["NDJSON", "OCSF", "FHIR"] as const;
const ofPatient = decision(21, { patients: ["patient-of-the-directory"] });
const read = decision(20, {
  request: {
    ...decision(20).request,
    requestId: "request-1",
    context: {
      ...{ patient: "patient-1", ipAddress: "10.9.8.7", region: null, userAgent: "a browser", tokenId: "token-1" },
      attributes: { diagnosis: "in the context" },
    },
  },
});
const PERSONAL = /patient-|user-1|obs-2|10\.\d|a browser|token-1|request-1|in the context|laboratory/;

describe("what a sink tells of an act", () => {
  test("by default nothing of people is in it, in any format", () => {
    for (const format of FORMATS_TOLD)
      for (const record of [read, ofPatient, grantDecision(3)]) {
        const act = stored({ kind: "DECISION", id: record.id, record });
        assert.notEqual(act.personal, "{}");
        const { text } = sinkEvent(act, form({ format }));
        assert.doesNotMatch(text, PERSONAL, format);
        assert.doesNotMatch(text, /a salt/);
        for (const value of Object.values(JSON.parse(act.personal)).filter((each) => typeof each === "string"))
          assert.ok(!text.includes(JSON.stringify(value)), `${format}: ${value} in ${text}`);
        assert.ok(!text.includes("\n"));
      }
    const key = {
      ...{ event: "CREATED", keyId: "k", at: 5, author: null, reason: "for Ada", failures: null, name: "Ada's key" },
      ...{ roles: ["auditor"], allRolesUntil: null, subject: { type: "user", id: "ada", issuer: null } },
      ...{ defaultClientId: null, assertRoles: [], expiresAt: null },
    };
    const act = stored({ kind: "API_KEY", id: "key:k:created", record: key } as unknown as Act);
    const { at, text } = sinkEvent(act, form({}));
    assert.deepEqual([at, JSON.parse(text).personal, JSON.parse(text).salt], [5, {}, null]);
    assert.doesNotMatch(text, /ada|Ada's key/);
  });

  test("is known as a line of a sink, whole or cut off anywhere; nothing else is", () => {
    for (const format of FORMATS_TOLD)
      for (const personal of ["NONE", "PSEUDONYMS", "ALL"] as const)
        for (const record of [read, ofPatient, grantDecision(3)]) {
          const { text } = sinkEvent(stored({ kind: "DECISION", id: record.id, record }), form({ format, personal }));
          assert.ok(isSinkLine(text), `${format} ${personal}`);
          for (let length = 0; length < 40; length++)
            assert.ok(beginsSinkLine(text.slice(0, length)), text.slice(0, length));
        }
    const act = stored({ kind: "DECISION", id: read.id, record: read });
    const exported = exportLine({ act, leaf: { index: 1, digest: "d" as never } });
    for (const line of [
      exported,
      "{}",
      "[]",
      "null",
      "",
      "{",
      '{"resourceType":"AuditEvent"}',
      '{"class_uid":6003,"metadata":{"product":{"name":"x"}}}',
    ])
      assert.ok(!isSinkLine(line), line);
    for (const text of ['{"level"', "x", '{"form:']) assert.ok(!beginsSinkLine(text), text);
  });

  test("with pseudonyms patients, resources and addresses have them, and who asked a name; other acts tell nothing of people", () => {
    for (const format of FORMATS_TOLD) {
      const { text } = sinkEvent(
        stored({ kind: "DECISION", id: read.id, record: read }),
        form({ format, personal: "PSEUDONYMS" }),
      );
      assert.match(text, /user-1/, format);
      assert.match(text, /~1-tneitap/, format);
      assert.doesNotMatch(text, /patient-1|obs-20|10\.9|a browser|token-1|request-1|in the context|a salt/, format);
    }
    const line = JSON.parse(
      sinkEvent(stored({ kind: "DECISION", id: read.id, record: read }), form({ personal: "PSEUDONYMS" })).text,
    );
    assert.equal(
      JSON.stringify(line.record),
      stored({ kind: "DECISION", id: read.id, record: read }).record,
      "as it is stored",
    );
  });

  test("where all is told, a line of NDJSON is that of an export", () => {
    const act = stored({ kind: "DECISION", id: read.id, record: read });
    assert.equal(sinkEvent(act, form({ personal: "ALL" })).text, exportLine({ act, leaf: null }));
  });

  test("without people it still is an AuditEvent that is valid by R4, and an event of OCSF with an endpoint", () => {
    const endpoint = ["ip", "uid", "name", "hostname", "svc_name", "instance_uid", "interface_uid", "interface_name"];
    for (const personal of ["NONE", "PSEUDONYMS", "ALL"] as const)
      for (const record of [read, ofPatient, grantDecision(3)]) {
        const act = stored({ kind: "DECISION", id: record.id, record });
        const resource = JSON.parse(sinkEvent(act, form({ format: "FHIR", personal })).text);
        const { messages } = new Fhir().validate(resource, { errorOnUnexpected: true });
        assert.deepEqual(
          messages.filter(({ severity }) => severity === "error" || severity === "fatal"),
          [],
          JSON.stringify(resource),
        );
        const event = JSON.parse(sinkEvent(act, form({ format: "OCSF", personal })).text);
        assert.ok(
          endpoint.some((member) => typeof event.src_endpoint[member] === "string"),
          JSON.stringify(event),
        );
        // An address or nothing: a pseudonym is none.
        if ("ip" in event.src_endpoint) assert.match(event.src_endpoint.ip, /^\d+(\.\d+){3}$/);
        assert.ok(
          !("user" in event.actor) || event.actor.user.uid === undefined || typeof event.actor.user.uid === "string",
        );
      }
  });

  test("as FHIR a bare label has the system that it belongs to, and a decision names the consents that it rests on", () => {
    const consents = [{ id: "c-17", version: 2 }];
    const record = decision(22, {
      reasons: [...decision(22).reasons, reason("ALLOWED_BY_CONSENT", { personal: { consents }, scope: "view" })],
      request: {
        ...decision(22).request,
        resource: {
          ...decision(22).request.resource,
          labels: labels(["42CFRPart2", "HIV", "R", "urn:oid:2.16.840.1.113883.5.4|ETH"]),
        },
      },
    });
    const eventOf = (personal: "ALL" | "NONE") =>
      JSON.parse(
        sinkEvent(stored({ kind: "DECISION", id: record.id, record }), form({ format: "FHIR", personal })).text,
      );
    const event = eventOf("ALL");
    const codings = (all: readonly { readonly system: string; readonly code: string }[]) =>
      all.map(({ code, system }) => `${system.slice(system.lastIndexOf("/") + 1)}|${code}`);
    const data = event.entity.find((each: { readonly securityLabel?: unknown }) => each.securityLabel !== undefined);
    assert.deepEqual(codings(data.securityLabel), [
      "v3-ActCode|42CFRPart2",
      "v3-ActCode|HIV",
      "v3-Confidentiality|R",
      "v3-ActCode|ETH",
    ]);
    const named = event.entity.filter(
      (each: { readonly type: { readonly code: string } }) => each.type.code === "Consent",
    );
    assert.deepEqual(
      named.map((each: { readonly what: unknown }) => each.what),
      [{ reference: "Consent/c-17" }],
    );
    assert.ok(codings(event.subtype).includes("AuthZsubType|AuthZ-Consent"), JSON.stringify(event.subtype));
    const { messages } = new Fhir().validate(event, { errorOnUnexpected: true });
    assert.deepEqual(
      messages.filter(({ severity }) => severity === "error" || severity === "fatal"),
      [],
    );
    assert.doesNotMatch(JSON.stringify(eventOf("NONE")), /c-17/);
  });

  test("as CloudEvents each has the id of its act, and stands in its order", () => {
    const events = [3, 12].map((n) =>
      sinkEvent(stored({ kind: "DECISION", id: decision(n).id, record: decision(n) }, n), form({})),
    );
    const batch = JSON.parse(cloudEventsOf(events, { format: "FHIR", source: "/test" }));
    assert.deepEqual(
      batch.map(({ id, sequence, time, type, datacontenttype }: Record<string, string>) => [
        id,
        sequence,
        time,
        type,
        datacontenttype,
      ]),
      [3, 12].map((n) => [
        decision(n).id,
        String(n).padStart(16, "0"),
        new Date(decision(n).decidedAt).toISOString(),
        "scopewarden.record.decision",
        "application/fhir+json",
      ]),
    );
    assert.deepEqual(batch[0].data, JSON.parse(events[0]?.text ?? ""));
  });
});
