import { Arg, Args, Ctx, ID, Int, Query, Resolver } from "type-graphql";
import type { PolicyOperation as Operation } from "../domain/policy/operations.ts";
import type { PersonWhoReaches as Person } from "../domain/simulation/patientAccess/people.ts";
import type { RowFilter } from "../domain/simulation/patientAccess/rowQuestions.ts";
import type { PatientPeople as Answered } from "../domain/simulation/patientSearch.ts";
import { PolicyOperation } from "./apply.ts";
import { AS_OF_REVISION, AS_OF_TIME } from "./asOf.ts";
import { PageArgs, PageInfo, pageRequest, partInfo } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { AccessEnum } from "./enums.ts";
import { flag, id, inputType, int, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { type Named, notesOf } from "./nameNotes.ts";
import { ASKED_PATIENT } from "./patientAccess.ts";
import { DateTime } from "./scalars.ts";

const LIST = "patientPeople";

const PatientPeopleFilter = inputType<Partial<RowFilter>>(
  "PatientPeopleFilter",
  "Which rows of `patientAccess` the people are of. What is left out may be any.",
  {
    clientId: id.orNull("The client by way of which."),
    role: text.orNull("The role that the rules name."),
    resourceType: text.orNull("A type of data."),
    action: text.orNull("What is done, by FHIR's name of the interaction."),
  },
);

const ReachByRole = objectType<Person["by"][number]>(
  "ReachByRole",
  "What somebody may reach of a patient's data by the rules for one role.",
  {
    role: text.orNull("The role that the rules name; it is held itself, or inherited. Null: the rules for every role."),
    access: oneOf(AccessEnum)(
      "ALLOW: `authorize` would allow a request that says no more than a row of `patientAccess`. CONDITIONAL: it could allow one that says more, such as labels or attributes.",
    ),
  },
);

const PersonWhoReaches = objectType<Person>("PersonWhoReaches", "Somebody who may reach a patient's data.", {
  subjectId: id("Who it is."),
  subjectType: text("The type, such as `user`."),
  subjectName: text.orNull("The name, where the directory has one."),
  by: of(ReachByRole).list("By the rules for which roles."),
});

interface Page extends Omit<Answered, "endCursor"> {
  readonly pageInfo: PageInfo;
}
const PatientPeople = objectType<Page>("PatientPeople", "A page of the people who may reach a patient's data.", {
  policyRevision: int("The revision of the policy that was asked; with `operations`, the one that they are for."),
  complete: flag("Whether nobody is left. A page may be short, even empty, and have a next one."),
  pageInfo: of(PageInfo)("Where to go on."),
  people: of(PersonWhoReaches).list("By type and id, each once."),
});

@Resolver()
class PatientPeopleResolver {
  @Query(() => PatientPeople, {
    description:
      "The people behind the rows of `patientAccess`: everybody whom a rule of a row lets reach data of this patient, with the consents and emergencies that there are. Types that are nobody's data, such as Organization, don't count, nor do clients that act as themselves. Nothing is decided; that somebody asked about this patient is on record before the answer.",
  })
  async patientPeople(
    @Arg("patient", () => ID, { description: ASKED_PATIENT }) patient: string,
    @Arg("filter", () => PatientPeopleFilter, { nullable: true, description: "Of which rows; absent: of all." })
    filter: Partial<RowFilter> | null | undefined,
    @Arg("asOf", () => DateTime, { nullable: true, description: AS_OF_TIME })
    asOf: number | null | undefined,
    @Arg("asOfRevision", () => Int, { nullable: true, description: AS_OF_REVISION })
    asOfRevision: number | null | undefined,
    @Arg("operations", () => [PolicyOperation], {
      nullable: true,
      description: "A change of that policy that is not made, as of `patientAccess`: the people are those with it.",
    })
    operations: readonly Operation[] | null | undefined,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Page & Named> {
    const part = pageRequest(LIST, args);
    const { action = null, clientId = null, resourceType = null, role = null } = filter ?? {};
    const asked = { patient, asOf, asOfRevision, operations: operations ?? [] };
    const { endCursor, ...page } = await domain.patientSearch.patientPeople(
      caller,
      { ...asked, filter: { action, clientId, resourceType, role } },
      part,
    );
    const named = { ofPatients: true, patients: [patient], clients: [clientId], resourceTypes: [resourceType] };
    return { ...page, named, pageInfo: partInfo(LIST, { after: part.after, end: endCursor }) };
  }
}

export const patientPeopleResolvers = [PatientPeopleResolver, notesOf(PatientPeople)];
