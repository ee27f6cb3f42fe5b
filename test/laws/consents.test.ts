// What holds of consents, whatever they say.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkConsents } from "../../src/domain/consent/checkConsents.ts";
import { readFhirConsent } from "../../src/domain/consent/fhir/readFhirConsent.ts";
import { writeFhirConsent } from "../../src/domain/consent/fhir/writeFhirConsent.ts";
import { areApart, replacedAmong } from "../../src/domain/consent/supersession.ts";
import type { Consent, ConsentAnswer, ConsentQuestion, ResourceData } from "../../src/domain/consent/types.ts";
import { consent, consents, question, resource } from "../consent/arbitraries.ts";
import { NOW } from "../consent/sampleConsents.ts";
import { isReleased } from "../oracle/consentDuties.ts";
import { atLeast, runs } from "../support/budget.ts";
import { purposeCode } from "../support/oneForm.ts";

const RUNS = { numRuns: runs(3000) };

const permits = (all: readonly Consent[], asked: ConsentQuestion): boolean =>
  checkConsents(all, asked).outcome === "PERMIT";

/** What comes of one resource: by itself, or by a search with what that leaves to the caller. */
const released = (answer: ConsentAnswer, one: ResourceData): boolean =>
  answer.outcome === "PERMIT" && isReleased(answer.obligations, one);

test("questions are answered in each way", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(consents, question, (all, asked) => {
      const answer = checkConsents(all, asked);
      const duties = answer.outcome === "DENY" ? [] : answer.obligations.map(({ type }) => type);
      for (const word of [answer.outcome, ...duties]) seen.add(word);
      seen.add(answer.outcome === "PERMIT" ? "-" : `${answer.outcome} ${answer.problem}`);
    }),
    { numRuns: 4000, seed: 1 },
  );
  for (const word of ["PERMIT", "DENY REFUSED", "DENY DATA_EXCEPTED", "filter", "redact"])
    assert.ok(seen.has(word), word);
  for (const problem of ["NONE", "WITHDRAWN", "EXPIRED", "OTHER_PURPOSE", "OTHER_RECIPIENT"])
    assert.ok(seen.has(`NO_CONSENT ${problem}`), problem);
});

test("the order of consents does not matter", () => {
  fc.assert(
    fc.property(consents, question, fc.option(resource, { nil: undefined }), fc.nat(), (all, asked, one, by) => {
      const about = one === undefined ? asked : { ...asked, data: one };
      const turned = [...all.slice(by % 4), ...all.slice(0, by % 4)];
      const answer = checkConsents(all, about);
      assert.deepEqual(checkConsents(turned, about), answer);
      assert.deepEqual(checkConsents(turned.toReversed(), about), answer);
    }),
    RUNS,
  );
});

test("nor do consents of other patients", () => {
  fc.assert(
    fc.property(consents, question, (all, asked) => {
      const own = all.filter(({ patient }) => patient === asked.patient);
      assert.deepEqual(checkConsents(own, asked), checkConsents(all, asked));
    }),
    RUNS,
  );
});

test("of consents that stand apart, and always did, none is in the place of another", () => {
  const earlier = fc.option(consent, { nil: null, freq: 2 });
  let apart = 0;
  let replaced = 0;
  fc.assert(
    fc.property(consents, fc.array(earlier, { minLength: 4, maxLength: 4 }), question, (all, before, { at }) => {
      const grown = all.map((each, i): Consent => {
        const { purposes, recipients, madeAt } = before[i] ?? each;
        if (before[i] === null || madeAt === null) return each;
        return { ...each, earlier: [{ purposes, recipients, madeAt, begins: madeAt }] };
      });
      for (const some of [all, grown]) {
        const isReplaced = replacedAmong(some, at);
        if (some.some(isReplaced)) replaced++;
        if (!areApart(some)) continue;
        if (some.length > 1) apart++;
        assert.deepEqual(some.filter(isReplaced), []);
      }
    }),
    RUNS,
  );
  assert.ok(apart > atLeast(100) && replaced > atLeast(20), `${apart} apart, ${replaced} replaced`);
});

test("a refusal that is added permits nothing, and lets nothing more pass", () => {
  fc.assert(
    fc.property(consents, consent, question, resource, (all, added, asked, one) => {
      // One that replaces another may say less than that did.
      const refusal: Consent = { ...added, id: "added", effect: "DENY", madeAt: null, exceptions: [] };
      const [before, after] = [checkConsents(all, asked), checkConsents([...all, refusal], asked)];
      if (after.outcome === "PERMIT") assert.equal(before.outcome, "PERMIT");
      if (released(after, one)) assert.ok(released(before, one));
    }),
    RUNS,
  );
});

/** Below each in HL7's tree, written down by hand. */
const NARROWER = {
  TREAT: ["COC", "CLINTRL"],
  HPAYMT: ["CLMATTCH", "ELIGVER", "COVERAGE"],
  HOPERAT: ["CAREMGT", "HLEGAL"],
  HRESCH: ["CLINTRCH", "CLINTRCHPC"],
} as const;
const wide = fc.constantFrom(...(Object.keys(NARROWER) as (keyof typeof NARROWER)[]));

test("whatever refuses a purpose refuses the narrower ones, and emergencies only by name", () => {
  let denied = 0;
  fc.assert(
    fc.property(consent, question, wide, fc.nat(), (one, asked, purpose, which) => {
      const names = NARROWER[purpose];
      const narrow = names[which % names.length] as string;
      const refusal: Consent = { ...one, effect: "DENY", purposes: [purposeCode(purpose)], exceptions: [] };
      const askedFor = (code: string) => checkConsents([refusal], { ...asked, purposes: [purposeCode(code)] });
      const refused = askedFor(purpose);
      if (refused.outcome === "DENY") denied++;
      assert.deepEqual(askedFor(narrow).outcome, refused.outcome);
      for (const emergency of ["ETREAT", "ERTREAT", "BTG"])
        assert.equal(askedFor(emergency).outcome, "NO_CONSENT", emergency);
    }),
    RUNS,
  );
  assert.ok(denied > atLeast(100), `${denied} were refused`);
});

test("a later permission lets nothing pass that was refused before, but what it names", () => {
  let [stayed, ended] = [0, 0];
  fc.assert(
    fc.property(consent, consent, question, resource, (one, other, asked, data) => {
      const about = { ...asked, data };
      const { answers: _, replacesAll: all, ...permission } = other;
      const { answers: __, ...refusing } = one;
      const refusal: Consent = {
        ...refusing,
        id: "r",
        step: "RECORDED",
        effect: "DENY",
        exceptions: [],
        madeAt: NOW - 2,
      };
      const { purposes, recipients } = refusal;
      const named = { purposes, recipients, id: "p", exceptions: [], effect: "PERMIT", madeAt: NOW - 1 } as const;
      const later: Consent = { ...permission, ...named, step: "RECORDED", validFrom: null, patient: refusal.patient };
      if (checkConsents([refusal], about).outcome !== "DENY") return;
      const isSilentOn = (member: keyof Consent["data"]) =>
        refusal.data[member] !== null && later.data[member] === null && member !== "from" && member !== "until";
      const isUnnamed =
        (Object.keys(refusal.data) as (keyof Consent["data"])[]).some(isSilentOn) ||
        (refusal.scopes !== null && later.scopes === null) ||
        (refusal.actions !== null && later.actions === null);
      const answer = checkConsents([refusal, later], about);
      if (isUnnamed) {
        stayed++;
        assert.equal(answer.outcome, "DENY");
      } else if (answer.outcome !== "DENY") ended++;
      const replaced = checkConsents([refusal, { ...later, replacesAll: true }], about);
      assert.deepEqual(replaced, checkConsents([{ ...later, replacesAll: true }], about), String(all));
    }),
    RUNS,
  );
  assert.ok(stayed > atLeast(20) && ended > atLeast(5), `${stayed} stayed, ${ended} ended`);
});

test("a permission that is withdrawn permits nothing, and lets nothing more pass", () => {
  fc.assert(
    fc.property(consents, fc.nat(), question, resource, (all, which, asked, one) => {
      const purely = all.map((each, i) =>
        i === which % all.length
          ? {
              ...each,
              effect: "PERMIT" as const,
              exceptions: each.exceptions.filter(({ effect }) => effect === "PERMIT"),
            }
          : each,
      );
      const without = purely.map((each, i) =>
        i === which % all.length ? { ...each, step: "WITHDRAWN" as const } : each,
      );
      const [before, after] = [checkConsents(purely, asked), checkConsents(without, asked)];
      if (after.outcome === "PERMIT") assert.equal(before.outcome, "PERMIT");
      if (released(after, one)) assert.ok(released(before, one));
    }),
    RUNS,
  );
});

/** A refusal of some data that spares some of it: what is left can't be said of a search, which withholds all of that data. */
const isSayable = ({ data, effect, exceptions, scopes }: Consent): boolean => {
  const isLimited = scopes !== null || Object.values(data).some((member) => member !== null);
  const spares = exceptions.some(
    (each) => each.effect === "PERMIT" && Object.values(each.data).some((member) => member !== null),
  );
  return !(effect === "DENY" && isLimited && spares);
};

test("what a search lets pass is permitted by itself, and what it withholds is not", () => {
  fc.assert(
    fc.property(consents, question, resource, (all, asked, one) => {
      const { data } = asked;
      fc.pre(data.resourceType === "*" || data.resourceType === one.resourceType);
      const search = checkConsents(all, asked);
      const itself = checkConsents(all, { ...asked, data: one });
      const told = () => JSON.stringify({ search, itself });
      if (released(search, one)) {
        assert.equal(itself.outcome, "PERMIT", told());
        assert.deepEqual(itself.outcome === "PERMIT" && itself.obligations, [], told());
      } else if (all.every(isSayable)) assert.notEqual(itself.outcome, "PERMIT", told());
      if (search.outcome === "NO_CONSENT" && all.every(isSayable))
        assert.equal(itself.outcome === "NO_CONSENT", isReleased(search.obligations, one), told());
    }),
    { numRuns: runs(6000) },
  );
});

test("two purposes are permitted where each is", () => {
  fc.assert(
    fc.property(consents, question, (all, asked) => {
      fc.pre(asked.purposes.length > 0);
      const each = asked.purposes.every((purpose) => permits(all, { ...asked, purposes: [purpose] }));
      assert.equal(permits(all, asked), each);
    }),
    RUNS,
  );
});

test("what is written as a FHIR Consent is read as it was meant", () => {
  fc.assert(
    fc.property(consent, (one) => {
      const { id, madeAt, step, terms } = readFhirConsent(JSON.parse(JSON.stringify(writeFhirConsent(one))));
      const { recordedAt: _at, recordedBy: _by, reason: _why, source: _from, version: _version, ...said } = one;
      assert.deepEqual({ ...terms, id, madeAt, step }, JSON.parse(JSON.stringify(said)));
    }),
    RUNS,
  );
});
