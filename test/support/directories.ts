import fc from "fast-check";
import type { NewEntity, Properties } from "../../src/domain/directory/entity.ts";

const ofResources: fc.Arbitrary<Properties | null> = fc.constantFrom<(Properties | null)[]>(
  null,
  {},
  { level: 5 },
  { level: 2, careTeam: ["p1"] },
  { labels: ["R"] },
  { labels: ["N"], level: 5 },
  { patient: "p1" },
  { patient: "p2", organization: "o1" },
  { patients: ["p1", "p2"] },
  { organization: "o1", labels: ["R", "N"] },
  { organization: "o2", patient: "p1", level: 4 },
);
const ofSubjects: fc.Arbitrary<Properties | null> = fc.constantFrom<(Properties | null)[]>(
  null,
  { name: "Pat" },
  { organization: "o1" },
  { level: 4 },
);

/** What may be known of those whom generated requests (`policies.ts`) name, and of others; mostly not all of it. */
export const directories: fc.Arbitrary<readonly NewEntity[]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 3,
    arbitrary: fc.uniqueArray(
      fc.oneof(
        fc.record({
          type: fc.constantFrom("Observation", "Observation", "Condition", "todo"),
          id: fc.constantFrom("x", "x", "x", "y"),
          properties: ofResources,
        }),
        fc.record({ type: fc.constant("user"), id: fc.constantFrom("p1", "p2", "p3"), properties: ofSubjects }),
      ),
      { selector: ({ type, id }) => `${type} ${id}`, minLength: 1, maxLength: 6 },
    ),
  },
);
