import { outsideCompartment } from "../../../src/domain/scopes/lint/outsideCompartment.ts";
import { testRule } from "./testRule.ts";

testRule(outsideCompartment, {
  code: "OUTSIDE_PATIENT_COMPARTMENT",
  severity: "WARNING",
  finds: [[{ atoms: [{ context: "PATIENT", resourceType: "Slot" }] }, "Slot belongs to no patient"]],
  leaves: [
    { atoms: [{ context: "PATIENT" }] },
    { atoms: [{ resourceType: "Slot" }] },
    { atoms: [{ context: "PATIENT", resourceType: "todo" }] },
  ],
});
