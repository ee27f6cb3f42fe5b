import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { BlindShare as Share, BlindSpots as Spots } from "../domain/monitoring/blindSpots/blindSpots.ts";
import type { GraphqlContext } from "./context.ts";
import { id, int, number, objectType, of, time } from "./graphqlTypes.ts";
import { DateTime } from "./scalars.ts";

const BlindShare = objectType<Share>("BlindShare", "How many of some things watching sees nothing of.", {
  count: int("How many."),
  of: int("Of how many."),
  share: number.orNull("The share, from 0 to 1; null where there is nothing."),
});

const BlindSpots = objectType<Spots>("MonitoringBlindSpots", "What watching can't see, in a window and now.", {
  from: time("From when it was counted: the first whole day (UTC)."),
  to: time("Until when: the last whole day, or now."),
  withoutAddress: of(BlindShare)("Accesses, allowed or denied, whose request said no address."),
  withoutPatient: of(BlindShare)("Of accesses to types that belong to patients: those whose request named none."),
  withoutPurpose: of(BlindShare)("Accesses whose request said no purpose."),
  unknownInDirectory: of(BlindShare)(
    "Of accesses that nothing explained, each patient counting: those of whose person or patient the directory knows nothing now.",
  ),
  clientsWithoutBaseline: of(BlindShare)("Active clients of which no detector knows now what is usual."),
  clientIds: id.list("The ids of these clients, a hundred at most."),
  peopleWithoutBaseline: of(BlindShare)("Subjects that hold a role of whom no detector knows now what is usual."),
});

const COUNTED_TO = "Until this time: the last whole day before it. In the running hour, later or absent: until now.";

@Resolver()
class BlindSpotResolver {
  @Query(() => BlindSpots, {
    description:
      "What watching can't see: what requests leave out, what the directory does not know, and whom no baseline is of. In whole days (UTC), and today until now; at most 31 days. BAD_USER_INPUT; JOURNAL_UNAVAILABLE where not all is counted and watched yet.",
  })
  monitoringBlindSpots(
    @Arg("from", () => DateTime, { description: "From the first whole day (UTC) at or after this time." }) from: number,
    @Arg("to", () => DateTime, { nullable: true, description: COUNTED_TO })
    to: number | null | undefined,
    @Ctx() { domain }: GraphqlContext,
  ) {
    return domain.blindSpots({ from, to });
  }
}

export const blindSpotResolvers = [BlindSpotResolver];
