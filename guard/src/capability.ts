import { isMembers, type Members, type Resource } from "./json.ts";
import { isServed } from "./searchQuery.ts";

/** What gets through, as a CapabilityStatement (R4): the types that the upstream has and that are served, and no more of it. */
export function capabilityOf(upstream: Resource | null, base: string, date: string): Members {
  const rest =
    upstream !== null && Array.isArray(upstream.plain.rest) ? (upstream.plain.rest as readonly unknown[]) : [];
  const listed = rest.flatMap((each) =>
    isMembers(each) && Array.isArray(each.resource) ? (each.resource as readonly unknown[]) : [],
  );
  const types = listed
    .map((each) => (isMembers(each) ? each.type : undefined))
    .filter((type): type is string => typeof type === "string" && isServed(type));
  const interaction = ["read", "vread", "search-type", "create", "update", "delete"].map((code) => ({ code }));
  return {
    resourceType: "CapabilityStatement",
    status: "active",
    date,
    kind: "instance",
    implementation: { description: "What a token may have of it is decided resource by resource.", url: base },
    fhirVersion: "4.0.1",
    format: ["json"],
    rest: [
      {
        mode: "server",
        security: {
          service: [
            {
              coding: [
                { system: "http://terminology.hl7.org/CodeSystem/restful-security-service", code: "SMART-on-FHIR" },
              ],
            },
          ],
        },
        resource: [...new Set(types)]
          .sort()
          .map((type) => ({ type, interaction, versioning: "versioned", readHistory: false, updateCreate: false })),
      },
    ],
  };
}
