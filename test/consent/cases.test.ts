// The cases of test/cases/consent.yaml, each asked with the consents in every order.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { checkConsents } from "../../src/domain/consent/checkConsents.ts";
import type { Consent, ConsentObligation, ConsentQuestion } from "../../src/domain/consent/types.ts";
import { labelCode, purposeCode } from "../support/oneForm.ts";
import { consent, question } from "./sampleConsents.ts";

interface Expected {
  readonly outcome: string;
  readonly problem?: string;
  readonly basedOn?: readonly string[];
  readonly obligations?: readonly ConsentObligation[];
  readonly silence?: string;
  readonly silentOn?: readonly string[];
}
interface Case {
  readonly name: string;
  readonly consents: readonly { readonly [K in keyof Consent]?: unknown }[];
  readonly question?: { readonly [K in keyof ConsentQuestion]?: unknown };
  readonly expect: Expected;
}

const { cases } = parse(readFileSync("test/cases/consent.yaml", "utf8")) as { readonly cases: readonly Case[] };

const withCodes = (obligation: ConsentObligation): ConsentObligation =>
  obligation.type === "label"
    ? obligation
    : {
        ...obligation,
        anyOf: obligation.anyOf.map(({ labels, ...rest }) =>
          labels === undefined ? rest : { ...rest, labels: labels.map(labelCode) },
        ),
      };

function expected({ obligations, silentOn, ...rest }: Expected): Expected {
  return {
    ...rest,
    ...(obligations !== undefined && { obligations: obligations.map(withCodes) }),
    ...(silentOn !== undefined && { silentOn: silentOn.map(purposeCode) }),
  };
}

for (const { name, consents, expect, question: asked } of cases)
  test(name, () => {
    const given = consents.map(consent);
    for (const order of [given, given.toReversed()]) {
      const answer = checkConsents(order, question(asked));
      const seen = { ...answer, basedOn: answer.basedOn.map(({ id }) => id) } as unknown as Expected;
      const wanted = expected(expect);
      const told = Object.fromEntries(Object.keys(wanted).map((member) => [member, seen[member as keyof Expected]]));
      assert.deepEqual(told, wanted, JSON.stringify(answer));
      if (wanted.outcome === "PERMIT" && wanted.obligations === undefined)
        assert.deepEqual(seen.obligations, [], "nothing is left to the caller");
    }
  });
