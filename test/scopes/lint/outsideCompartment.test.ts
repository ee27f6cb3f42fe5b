import { outsideCompartment } from "../../../src/domain/scopes/lint/outsideCompartment.ts";
import { testRule } from "./testRule.ts";

testRule(outsideCompartment, {
  code: "OUTSIDE_PATIENT_COMPARTMENT",
  severity: "WARNING",
  finds: [
    [{ atoms: [{ context: "PATIENT", resourceType: "Slot" }] }, "Slot belongs to no patient in FHIR, so"],
    [
      { atoms: [{ context: "PATIENT", resourceType: "Organization", actions: ["read", "search"] }] },
      "Organization belongs to no patient in FHIR: patient context reads and searches one only where an organization's setting patientScopesReachShared says so.",
    ],
    [
      { atoms: [{ context: "PATIENT", resourceType: "Organization", actions: ["update"] }] },
      "Organization belongs to no patient in FHIR, so patient context probably never reaches one. Use the user or system context for it.",
    ],
    [
      {
        atoms: [
          { context: "PATIENT", resourceType: "Slot" },
          { context: "PATIENT", resourceType: "Practitioner" },
          { context: "PATIENT", resourceType: "Medication", actions: ["search"] },
        ],
      },
      "Slot belongs to no patient in FHIR, so patient context probably never reaches one. Medication and Practitioner belong to no patient in FHIR: ",
    ],
  ],
  leaves: [
    { atoms: [{ context: "PATIENT" }] },
    { atoms: [{ resourceType: "Slot" }] },
    { atoms: [{ context: "PATIENT", resourceType: "todo" }] },
  ],
});
