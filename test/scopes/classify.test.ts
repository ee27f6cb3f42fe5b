import assert from "node:assert/strict";
import { test } from "node:test";
import { classifyScope } from "../../src/domain/scopes/protocol.ts";

test("the kind of a scope by its text", () => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    CLINICAL: ["patient/Observation.rs", "system/*.read"],
    INVALID: ["", "a b", "patient/Observation.dus", "patient/", "user/observation.rs"],
    LAUNCH: ["launch", "launch/patient", "launch/list?role=https://example.org/x"],
    IDENTITY: ["openid", "fhirUser", "profile"],
    REFRESH: ["offline_access", "online_access"],
    EXTENSION: ["__x", "https://example.org/x"],
    CUSTOM: [
      "view_lab_results",
      "launcher",
      "launch/Patient",
      "launch/",
      "OpenID",
      "Patient/Observation.rs",
      "__",
      "x/y.z",
    ],
  };
  for (const [kind, texts] of Object.entries(kinds))
    for (const text of texts) assert.equal(classifyScope(text), kind, text);
});
