import { unverifiableConstraint } from "../../../src/domain/scopes/lint/unverifiableConstraint.ts";
import { testRule } from "./testRule.ts";

testRule(unverifiableConstraint, {
  code: "CONSTRAINT_UNVERIFIABLE",
  severity: "WARNING",
  finds: [
    [{ atoms: [{ constraint: "date=ge2020" }] }, "date=ge2020 is a range"],
    [{ atoms: [{ constraint: "value-quantity=gt5" }] }, "not be verified for read"],
  ],
  leaves: [
    { atoms: [{ actions: ["search"], constraint: "date=ge2020" }] },
    { atoms: [{ constraint: "date=2020-01-01" }] },
    { atoms: [{ constraint: "category=geo" }] },
  ],
});
