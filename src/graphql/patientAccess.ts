import { Arg, Args, Ctx, ID, Int, Query, Resolver } from "type-graphql";
import type { PolicyOperation as Operation } from "../domain/policy/operations.ts";
import type {
  PatientReach as Reach,
  PatientAccess as Row,
  RowAccess,
} from "../domain/simulation/patientAccess/rows.ts";
import type { PatientAccessAnswer } from "../domain/simulation/patientSearch.ts";
import { encodeCursor } from "../doors/cursors.ts";
import { AccessCondition } from "./accessCondition.ts";
import { PolicyOperation } from "./apply.ts";
import { AS_OF_REVISION, AS_OF_TIME } from "./asOf.ts";
import { type Connection, connectionOf, PageArgs, pageRequest, partInfo } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { AccessEnum } from "./enums.ts";
import { flag, id, int, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { type Named, notesOf } from "./nameNotes.ts";
import { DateTime } from "./scalars.ts";

const LIST = "patientAccess";

const PatientReach = objectType<Reach>(
  "PatientReach",
  "What is reached of a patient's data with one scope by one rule.",
  {
    resourceTypes: text.list("The types; `*`: every type but those in `exceptTypes`."),
    exceptTypes: text.list("Beside `*`: types that stand for themselves, here where they are reached."),
    ofPatients: flag("False: no record of these types is a patient's, such as of Organization or Practitioner."),
    actions: text.list("What can be done, by FHIR's names of interactions."),
    scope: text("The scope, as it is granted to the client."),
    ruleId: id("The rule that allows it."),
    access: oneOf(AccessEnum)("ALLOW, or CONDITIONAL: only where the conditions hold."),
    conditions: of(AccessCondition).list("What must hold, all of it."),
    exceptPurposes: text.list(
      "Where any purpose will do: not for these, which have rows of their own where they are allowed.",
    ),
  },
);

const ROW = {
  holders: int.orNull(
    "How many subjects hold the role there then, by inheritance too; `patientPeople` lists whom of them it lets reach the data. Null: no role is asked for, or the client acts as itself.",
  ),
  access: oneOf(AccessEnum)(
    "ALLOW: some of it is reached without a condition. DENY: nothing is reached; the row is there for what the other of two policies says.",
  ),
  reaches: of(PatientReach).list("What is reached."),
};
const PatientRowAccess = objectType<RowAccess>("PatientRowAccess", "What a row says of one policy.", ROW);

/** Of what is asked about a patient. */
export const ASKED_PATIENT = "The patient's id, or `Patient/` and the id; one that nobody knows is no error.";

const PatientAccess = objectType<Row>(
  "PatientAccess",
  "Who could reach a patient's data, by client, role, organization and purpose.",
  {
    clientId: id("The client by way of which."),
    asItself: flag("Whether it is the client that acts as itself; else it acts for somebody."),
    role: text.orNull("The role that the rule names; whoever inherits it is meant too. Null: a rule for every role."),
    organization: text.orNull(
      "Where the role is held. Null: in all organizations, for those that have no row, and for what names none.",
    ),
    purposeOfUse: text.orNull(
      "The purpose. Null: any, or none, but for those that a reach excepts; to break glass (BTG) only while an emergency is open.",
    ),
    ...ROW,
    before: of(PatientRowAccess).orNull(
      "What the row says without `operations`; null: the same. What either policy has a row for has one.",
    ),
  },
);

type Page = Pick<PatientAccessAnswer, "complete" | "policyRevision">;
const PatientAccessConnection = connectionOf<Row, Page>(
  "PatientAccess",
  "rows of who could reach a patient's data",
  PatientAccess,
  {
    policyRevision: int("The revision of the policy that was asked; with `operations`, the one that they are for."),
    complete: flag("Whether there are no more rows. A page may be short, even empty, and have a next one."),
  },
);

@Resolver()
class PatientAccessResolver {
  @Query(() => PatientAccessConnection, {
    description:
      "Who could reach a patient's data at a time: by client, role, organization and purpose, not person by person. Rows come by client; within each first the client itself, then whoever it acts for, then role by role. Nothing is decided; that somebody asked about this patient is on record before the answer.",
  })
  async patientAccess(
    @Arg("patient", () => ID, {
      description: ASKED_PATIENT,
    })
    patient: string,
    @Arg("asOf", () => DateTime, { nullable: true, description: AS_OF_TIME })
    asOf: number | null | undefined,
    @Arg("asOfRevision", () => Int, { nullable: true, description: AS_OF_REVISION })
    asOfRevision: number | null | undefined,
    @Arg("operations", () => [PolicyOperation], {
      nullable: true,
      description:
        "A change of that policy that is not made, as `applyPolicy` takes it: rows tell who could reach the data with it, and `before` what they say without. Absent, or empty: none.",
    })
    operations: readonly Operation[] | null | undefined,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Connection<Row> & Page & Named> {
    const page = pageRequest(LIST, args);
    const asked = { patient, asOf, asOfRevision, operations: operations ?? [] };
    const { endCursor, rows, ...answered } = await domain.patientSearch.patientAccess(caller, asked, page);
    const edges = rows.map(({ access, cursor }) => ({ cursor: encodeCursor(LIST, cursor), node: access }));
    const startCursor = edges[0]?.cursor ?? null;
    const { endCursor: end, ...info } = partInfo(LIST, { after: page.after, end: endCursor });
    const pageInfo = { ...info, startCursor, endCursor: end ?? edges.at(-1)?.cursor ?? null };
    return { ...answered, edges, pageInfo, named: { ofPatients: true, patients: [patient] } };
  }
}

export const patientAccessResolvers = [PatientAccessResolver, notesOf(PatientAccessConnection)];
