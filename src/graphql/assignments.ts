import { Arg, Ctx, Int, Mutation, Resolver } from "type-graphql";
import type { Written } from "../domain/policy/admin.ts";
import type * as operations from "../domain/policy/operations.ts";
import type { Assignment as DomainAssignment } from "../domain/policy/types.ts";
import { applyOne, DRY_RUN, EXPECTED_REVISION, INPUT, mutationsOf, type OperationRows, REASON } from "./change.ts";
import { clearing } from "./clearing.ts";
import { connectionOf } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { id, inputType, int, objectType, text, time } from "./graphqlTypes.ts";
import { NEW_ORGANIZATION } from "./nameNotes.ts";
import { type At, POLICY_REVISION, policyList } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";

export const Assignment = objectType<At<DomainAssignment>>(
  "Assignment",
  "That a subject or a client holds a role, in one organization or in all.",
  {
    subjectId: id.orNull("The subject that holds the role; null when a client does."),
    subjectType: text.orNull(
      "Its type: subjects of one id and different types are different subjects. Null when a client holds the role.",
    ),
    clientId: id.orNull("The client that holds the role when it acts as itself; null when a subject does."),
    role: text("The role."),
    organization: text("Where it is held; `*`: in all organizations."),
    validFrom: time.orNull("Held from this time on; null: from ever."),
    validUntil: time.orNull("Held until just before this time; null: for ever."),
    policyRevision: int(POLICY_REVISION),
  },
);

const AssignRole = inputType<operations.AssignRole>(
  "AssignRole",
  "A role held by a subject or a client: exactly one of `subjectId` and `clientId` is set. One that is there is replaced: BAD_USER_INPUT when that leaves out what is set; say it again, or `clear` it. To unassign, the validity period does not count.",
  {
    subjectId: id.orNull("The subject that holds it: 1 to 256 characters. Subjects are not registered."),
    subjectType: text.orNull(
      "The subject's type, 1 to 256 characters, as requests name it; absent: `user`. A client has none.",
    ),
    clientId: id.orNull("The client that holds it when it acts as itself."),
    role: text("The role."),
    organization: text("Where it is held, 1 to 256 characters; `*`: in all organizations."),
    validFrom: time.orNull("Held from this time on; absent: from ever."),
    validUntil: time.orNull(
      "Held until just before this time, which is after `validFrom` and in the future; absent: for ever.",
    ),
    clear: clearing("assignment"),
  },
);

const ASSIGNS =
  "Assigns a role, or changes the validity period of that assignment. An organization that occurs nowhere is a finding, `ORGANIZATION_UNKNOWN`; BAD_USER_INPUT where a known one is one letter away, unless `newOrganization` is true.";

export const assignmentOperations = {
  assignRole: {
    input: AssignRole,
    step: "Assigns a role, or changes the period.",
    mutations: { any: ["assignRole", ASSIGNS] },
  },
  unassignRole: {
    input: AssignRole,
    step: "Takes an assigned role back.",
    mutations: {
      any: [
        "unassignRole",
        "Takes an assigned role back, in the organization that is named. BAD_USER_INPUT when it is not held there.",
      ],
    },
  },
} satisfies OperationRows;

@Resolver()
class AssignRoleResolver {
  @Mutation(() => PolicyRevision, { description: ASSIGNS })
  async assignRole(
    @Arg("input", () => AssignRole, INPUT) input: operations.AssignRole,
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Arg("expectedRevision", () => Int, { nullable: true, description: EXPECTED_REVISION })
    expectedRevision: number | null | undefined,
    @Arg("dryRun", () => Boolean, { nullable: true, defaultValue: false, description: DRY_RUN })
    dryRun: boolean | null,
    @Arg("newOrganization", () => Boolean, { nullable: true, defaultValue: false, description: NEW_ORGANIZATION })
    newOrganization: boolean | null,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Written> {
    await ctx.domain.requireNoSlip({ organization: input.organization, newOrganization });
    return applyOne(ctx, { assignRole: input }, { reason, expectedRevision, dryRun, mode: "any" });
  }
}

export const assignmentResolvers = [
  policyList("assignment", {
    name: "assignments",
    description: "Who holds which role where, those outside their validity period included.",
    connection: connectionOf("Assignment", "role assignments", Assignment),
    filter: {
      type: "AssignmentFilter",
      description: "Narrows a list of assignments; all that is given must hold. Texts are compared exactly.",
      members: {
        subjectId: id("Held by subjects of this id."),
        subjectType: text("Held by subjects of this type; absent: any."),
        clientId: id("Held by this client."),
        role: text("Of this role, not of those that inherit it."),
        organization: text(
          "Held in this organization, by name, or `*` for those held in all: neither finds the other.",
        ),
      },
    },
  }),
  ...mutationsOf(assignmentOperations, ["assignRole"]),
  AssignRoleResolver,
];
