import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { ArchiveWindow } from "../domain/record/archive/archivedIn.ts";
import type { Archive } from "../domain/record/archive/store.ts";
import type { GraphqlContext } from "./context.ts";
import { int, objectType, text, time } from "./graphqlTypes.ts";

export const archivedMonthOf = ({ at, file, first, month, sha256, size }: Archive) => ({
  month,
  file,
  sha256,
  acts: size - first,
  at,
});
export const ArchivedMonth = objectType<ReturnType<typeof archivedMonthOf>>(
  "ArchivedMonth",
  "A month whose acts are in a file, and no longer in the database.",
  {
    month: text("The month, by UTC: `2024-05`."),
    file: text("The file's name."),
    sha256: text("Its SHA-256, in hexadecimal."),
    acts: int("How many acts of any kind it has."),
    at: time("When they were archived."),
  },
);

/** A connection that says in which time it looked; without one it looked at all that there is. */
export interface Windowed {
  readonly window?: ArchiveWindow;
}

/** What a list does not have as it is archived: a field of its connection. */
export function archivedOf(connection: new () => object) {
  @Resolver(() => connection)
  class ArchivedMonthsOf {
    @FieldResolver(() => [ArchivedMonth], {
      description:
        "The months in files that the time asked for reaches into: what was then is not in this list, nor counted beside it.",
    })
    async archived(@Root() { window = {} }: Windowed, @Ctx() { domain }: GraphqlContext) {
      return (await domain.archivedIn(window)).map(archivedMonthOf);
    }
  }
  return ArchivedMonthsOf;
}
