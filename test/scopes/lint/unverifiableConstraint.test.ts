import { unverifiableConstraint } from "../../../src/domain/scopes/lint/unverifiableConstraint.ts";
import { testRule } from "./testRule.ts";

testRule(unverifiableConstraint, {
  code: "CONSTRAINT_UNVERIFIABLE",
  severity: "WARNING",
  finds: [
    [{ atoms: [{ constraint: "date=ap2020" }] }, "date=ap2020 can be a filter"],
    [{ atoms: [{ constraint: "value-quantity=gt5,ap6" }] }, "can't be verified for read"],
    [{ atoms: [{ constraint: "code-value-quantity=8480-6$gt5" }] }, "can't be verified for read"],
  ],
  leaves: [
    { atoms: [{ actions: ["search"], constraint: "date=ap2020" }] },
    { atoms: [{ constraint: "date=ge2020" }] },
    { atoms: [{ constraint: "date=2020-01-01" }] },
    { atoms: [{ constraint: "category=geo" }] },
  ],
});
