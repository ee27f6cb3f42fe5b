import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalText } from "../../src/engine/canonicalLiterals.ts";
import { parseCondition } from "../../src/engine/conditionCheck.ts";

const R = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality|R";

const CASES: readonly (readonly [condition: string, canonical: string | null])[] = [
  [`"${R}" in resource.labels`, '("R" in resource.labels)'],
  ['purposeOfUse == "btg"', '(purposeOfUse == "BTG")'],
  ['"btg" != purposeOfUse', '("BTG" != purposeOfUse)'],
  ['purposeOfUse in ["treat", "HPAYMT"]', '(purposeOfUse in ["TREAT", "HPAYMT"])'],
  [`resource.labels.exists(l, l == "${R}")`, 'resource.labels.exists(l, (l == "R"))'],
  [`resource.labels.exists(l, l in ["${R}", "V"])`, 'resource.labels.exists(l, (l in ["R", "V"]))'],
  [`["${R}", "eth"].exists(x, x in resource.labels)`, '["R", "ETH"].exists(x, (x in resource.labels))'],
  ['resource["labels"] == ["r"]', '(resource["labels"] == ["R"])'],
  ['resource.labels[0] == "r"', '(resource.labels[0] == "R")'],
  [
    '(has(resource.labels) ? resource.labels : []).exists(l, l == "eth")',
    '(has(resource.labels) ? resource.labels : []).exists(l, (l == "ETH"))',
  ],
  ['resource.labels.filter(l, l == "eth").size() > 0', '(resource.labels.filter(l, (l == "ETH")).size() > 0)'],
  [
    'purposeOfUse != (subject.id == "r" ? "treat" : "btg")',
    '(purposeOfUse != ((subject.id == "r") ? "TREAT" : "BTG"))',
  ],
  ['cel.bind(p, purposeOfUse, p == "treat")', 'cel.bind(p, purposeOfUse, (p == "TREAT"))'],
  [
    'resource.labels.all(l, l != "r") && subject.id == "r"',
    '(resource.labels.all(l, (l != "R")) && (subject.id == "r"))',
  ],
  // What is compared with anything else is as it was written.
  ['resource.attributes.code == "treat"', null],
  ['["r"].exists(purposeOfUse, purposeOfUse == "treat")', null],
  ['purposeOfUse == "https://house.example/purposes|audit"', null],
  ['has(resource.labels) && "R" in resource.labels', null],
];
for (const [condition, canonical] of CASES)
  test(condition, () => assert.equal(canonicalText(parseCondition(condition)), canonical));
