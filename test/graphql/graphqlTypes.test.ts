import "reflect-metadata";
import assert from "node:assert/strict";
import { test } from "node:test";
import { printType } from "graphql";
import { Arg, buildSchemaSync, Query, Resolver } from "type-graphql";
import { flag, id, inputType, int, json, objectType, of, text, time } from "../../src/graphql/graphqlTypes.ts";

interface Bed {
  readonly id: string;
  readonly ward: string | null;
  readonly free: boolean;
  readonly since: number;
  readonly notes: readonly string[];
  readonly chart: { readonly pages: number };
}
interface FindBed {
  readonly ward: string;
  readonly beds?: number | null | undefined;
}

test("types are what their tables say", () => {
  const BedType = objectType<Bed>("Bed", "A bed.", {
    id: id("Its id."),
    ward: text.orNull("Where it stands."),
    free: flag("Whether it is free."),
    since: time("Since when."),
    notes: text.list("What is to be known."),
    chart: json("Its chart."),
  });
  const Find = inputType<FindBed>("FindBed", "Which bed.", {
    ward: text("Where."),
    beds: int.or(1, "How many."),
  });
  @Resolver()
  class Beds {
    @Query(() => [BedType])
    beds(@Arg("input", () => Find) _input: FindBed): Bed[] {
      return [];
    }
  }
  const schema = buildSchemaSync({ resolvers: [Beds], validate: false });
  const printed = ["Bed", "FindBed"].map((name) => {
    const type = schema.getType(name);
    assert.ok(type);
    return printType(type).replace(/ *""".*"""\n/g, "");
  });
  assert.deepEqual(printed, [
    "type Bed {\n  id: ID!\n\n  ward: String\n\n  free: Boolean!\n\n  since: DateTime!\n\n  notes: [String!]!\n\n  chart: JSON!\n}",
    "input FindBed {\n  ward: String!\n\n  beds: Int = 1\n}",
  ]);
  assert.equal(schema.getType("Bed")?.description, "A bed.");
});

class Ward {
  readonly beds!: number;
}

/** The compiler refuses each, or it would say that an expected error is missing. */
export const refused = [
  // @ts-expect-error: a member is missing.
  () => objectType<Pick<Bed, "id" | "free">>("Missing", "", { id: id("") }),
  // @ts-expect-error: the domain may have null.
  () => objectType<Pick<Bed, "ward">>("NotNull", "", { ward: text("") }),
  // @ts-expect-error: another type.
  () => objectType<Pick<Bed, "free">>("Other", "", { free: text("") }),
  // @ts-expect-error: not in the domain.
  () => objectType<Pick<Bed, "id">>("More", "", { id: id(""), colour: text("") }),
  // @ts-expect-error: another object.
  () => objectType<{ readonly bed: Bed }>("Object", "", { bed: of(Ward)("") }),
  // @ts-expect-error: the domain takes no null.
  () => inputType<Pick<FindBed, "ward">>("Null", "", { ward: text.orNull("") }),
  // @ts-expect-error: a member that may be absent is missing.
  () => inputType<FindBed>("Lost", "", { ward: text("") }),
];
