import assert from "node:assert/strict";
import { test } from "node:test";
import { accountingLines } from "../src/pages/patients/accountingLines.ts";
import {
  draftOf,
  EMPTY_DRAFT,
  EMPTY_QUESTION,
  questionInput,
  saidBut,
  saidDraft,
  saidInput,
} from "../src/pages/patients/consentDraft.ts";
import { consentSentence, exceptionSentence, reachHint, type Said } from "../src/pages/patients/consentSentence.ts";
import { personOf, personText } from "../src/ui/people/personText.ts";

const NOBODY = {
  clientId: null,
  client: null,
  subjectId: null,
  subjectType: null,
  role: null,
  organization: null,
  group: null,
  identifier: null,
};
const said = (more: Partial<Said>): Said => ({ ...saidDraft(EMPTY_DRAFT), ...more });

test("what is not limited is said to be anyone and all", () => {
  assert.equal(consentSentence(said({})), "Anyone may see all data.");
  assert.equal(consentSentence(said({ effect: "DENY" })), "Nobody may see any of it.");
});

test("each limit stands in the sentence", () => {
  const limits: readonly [Partial<Said>, string][] = [
    [
      { recipients: [{ ...NOBODY, clientId: "x", client: { name: "Research" } }], purposes: ["urn:p|HRESCH"] },
      "Research may see all data, for research.",
    ],
    [
      { recipients: [{ ...NOBODY, subjectId: "ada", clientId: "x" }] },
      "The person ada with the client x may see all data.",
    ],
    [
      {
        recipients: [
          { ...NOBODY, role: "nurse" },
          { ...NOBODY, organization: "lab" },
        ],
      },
      "Everyone with the role nurse or everyone at lab may see all data.",
    ],
    [{ scopes: ["a", "b"], labels: ["urn:l|PSYTHPN"] }, "Anyone may see psychotherapy notes, of what a or b reaches."],
    [
      { resourceTypes: ["Observation"], categories: ["urn:c|laboratory"], codes: ["l|1"] },
      "Anyone may see Observation data, the category laboratory and the code 1.",
    ],
    [
      { references: [{ reference: "Encounter/7" }], authors: ["Practitioner/paul"] },
      "Anyone may see Encounter/7 and what Practitioner/paul wrote.",
    ],
    [{ actions: ["a|access", "a|disclose"] }, "Anyone may see and disclose all data."],
    [
      { dataFrom: "2026-01-02T12:00:00Z", dataUntil: "2026-03-04T12:00:00Z" },
      "Anyone may see all data, made since 2 Jan 2026, made before 4 Mar 2026.",
    ],
  ];
  const refusals: readonly [Partial<Said>, string][] = [
    [{ recipients: [{ ...NOBODY, clientId: "X" }] }, "X may see none of it."],
    [{ recipients: [{ ...NOBODY, clientId: "lab-app" }] }, "lab-app may see none of it."],
    [{ recipients: [{ ...NOBODY, clientId: "x", client: { name: "Research" } }] }, "Research may see none of it."],
    [{ recipients: [{ ...NOBODY, subjectId: "ada" }] }, "The person ada may see none of it."],
    [
      { recipients: [{ ...NOBODY, subjectId: "ada" }], labels: ["PSY"] },
      "The person ada may not see psychiatric data.",
    ],
    [{ purposes: ["urn:p|HMARKT"] }, "Nobody may see any of it, for marketing."],
    [{ labels: ["PSY"] }, "Nobody may see psychiatric data."],
    [{ actions: ["a|access", "a|disclose"] }, "Nobody may see or disclose any of it."],
    [{ dataFrom: "2026-01-02T12:00:00Z" }, "Nobody may see data, made since 2 Jan 2026."],
    [
      {
        recipients: [
          { ...NOBODY, role: "nurse" },
          { ...NOBODY, organization: "lab" },
        ],
      },
      "Nobody with the role nurse or at lab may see any of it.",
    ],
  ];
  for (const [more, sentence] of refusals) assert.equal(consentSentence(said({ effect: "DENY", ...more })), sentence);
  for (const [more, sentence] of limits) assert.equal(consentSentence(said(more)), sentence);
  assert.equal(exceptionSentence(said({ effect: "DENY", labels: ["urn:l|SUD"] })), "But not: substance use records.");
});

test("a form says in its sentence what it sends", () => {
  const draft = {
    ...EMPTY_DRAFT,
    effect: "PERMIT",
    who: "ROLE",
    whoId: "nurse",
    data: "SCOPES",
    dataNames: "a, b",
    purpose: "TREAT",
    but: ["HIV"],
  } as const;
  assert.deepEqual(saidInput(draft), {
    roles: ["nurse"],
    scopes: ["a", "b"],
    purposes: ["TREAT"],
    exceptions: [{ labels: ["HIV"] }],
  });
  assert.equal(
    consentSentence(saidDraft(draft)),
    "Everyone with the role nurse may see what a or b reaches, for treatment.",
  );
  assert.equal(exceptionSentence(saidBut(draft) as Said), "But not: HIV data.");
  // What is kept back belongs to a yes.
  assert.deepEqual(
    [saidBut({ ...draft, effect: "DENY" }), saidInput({ ...draft, effect: "DENY" }).exceptions],
    [null, undefined],
  );
});

test("what is said anew is what was said; what the form would lose is not offered", () => {
  const draft = {
    ...EMPTY_DRAFT,
    effect: "PERMIT",
    who: "ROLE",
    whoId: "nurse, doctor",
    data: "LABELS",
    dataNames: "PSY, R",
    purpose: "TREAT",
  } as const;
  const recorded = (of: Parameters<typeof saidDraft>[0], more: object = {}) => ({
    terms: { ...saidDraft(of), validFrom: null, validUntil: null },
    exceptions:
      of.but.length === 0
        ? []
        : [
            {
              terms: {
                ...saidDraft(EMPTY_DRAFT),
                effect: "DENY" as const,
                labels: of.but.map((label) => `s|${label}`),
              },
              grantId: null,
            },
          ],
    ...{ answers: null, includeNarrower: false, ...more },
  });
  const same = [
    draft,
    { ...draft, who: "ANYONE", whoId: "", data: "ALL", dataNames: "", but: ["HIV"] },
    { ...draft, effect: "DENY", who: "CLIENT", whoId: "x", purpose: "" },
  ] as const;
  for (const each of same) assert.deepEqual(draftOf(recorded(each)), each);
  const whole = recorded(draft);
  const lost = [
    { answers: "r" },
    { includeNarrower: true },
    { exceptions: [{ terms: saidDraft(EMPTY_DRAFT), grantId: "g" }] },
    ...[
      { codes: ["l|1"] },
      { scopes: ["a"] },
      { purposes: ["p|TREAT", "p|HRESCH"] },
      { purposes: ["p|OTHER"] },
      { recipients: [{ ...NOBODY, role: "a", organization: "b" }] },
      { dataFrom: "2026-01-01T00:00:00Z" },
    ].map((more) => ({ terms: { ...whole.terms, ...more } })),
  ];
  for (const more of lost) assert.equal(draftOf({ ...whole, ...more }), null, JSON.stringify(more));
});

test("repeats to one recipient for one purpose are one line, with how often, the first and the last time", () => {
  const got = { recipient: "Rene", address: null, data: "appointments", purpose: "not stated", mayBeUse: true };
  // Two of one name are two, as the service says.
  const lines = accountingLines([
    { ...got, decisionId: "d4", at: "4", line: "another Rene" },
    { ...got, decisionId: "d3", at: "3", line: "Rene" },
    { ...got, decisionId: "d2", at: "2", line: "research", purpose: "research" },
    { ...got, decisionId: "d1", at: "1", line: "Rene", data: "allergies" },
  ]);
  assert.deepEqual(
    lines.map(({ at, data, decisionIds, first, purpose }) => [purpose, data, decisionIds, first, at]),
    [
      ["not stated", "appointments", ["d4"], "4", "4"],
      ["not stated", "allergies; appointments", ["d3", "d1"], "1", "3"],
      ["research", "appointments", ["d2"], "2", "2"],
    ],
  );
});

test("beside the purpose stands what a refusal reaches, and that a permission is exact", () => {
  assert.equal(reachHint("", "HRESCH"), undefined);
  assert.equal(reachHint("DENY", ""), undefined);
  assert.equal(reachHint("PERMIT", "HRESCH"), "Just this purpose: narrower ones are not permitted with it.");
  assert.equal(reachHint("DENY", "HRESCH"), "Narrower purposes are refused too, such as clinical trials (CLINTRCH).");
  assert.match(reachHint("DENY", "HOPERAT") ?? "", /HLEGAL/);
  assert.match(reachHint("DENY", "TREAT") ?? "", /COC.*Emergency treatment is not refused by this/);
});

test("a person is named by id, or by type and id, and a question has no more than it says", () => {
  assert.deepEqual(["tess", "Practitioner/dr-1"].map(personOf), [
    { type: "user", id: "tess" },
    { type: "Practitioner", id: "dr-1" },
  ]);
  assert.deepEqual([personText("tess", "user"), personText("dr-1", "Practitioner")], ["tess", "Practitioner/dr-1"]);
  const draft = { ...EMPTY_DRAFT, effect: "DENY", who: "PERSON" as const, whoId: "Practitioner/dr-1" };
  assert.deepEqual(saidInput(draft), { subjectId: "dr-1", subjectType: "Practitioner" });
  assert.deepEqual(questionInput({ ...EMPTY_QUESTION, person: "tess", purpose: "", label: "" }), {
    subject: { type: "user", id: "tess" },
    action: "read",
    resource: { type: "Observation" },
  });
});
