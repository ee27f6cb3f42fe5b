import { Arg, Args, Ctx, Query, Resolver } from "type-graphql";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { WhoCan as Answered } from "../domain/simulation/accessSearch.ts";
import type { WhoCanMatch as Match, WhoCanInput as Question } from "../domain/simulation/search/whoCan.ts";
import { AccessCondition } from "./accessCondition.ts";
import { asOfMembers } from "./asOf.ts";
import { RequestContextInput, ResourceInput } from "./authorize.ts";
import { PageArgs, PageInfo, pageRequest, partInfo } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { AccessEnum } from "./enums.ts";
import { flag, id, inputType, int, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { type Named, notesOf } from "./nameNotes.ts";
import { Obligation } from "./obligations.ts";

const LIST = "whoCan";

const WhoCanInput = inputType<Question>("WhoCanInput", "Who can do this to that? Members left out are not known.", {
  action: text("As of `authorize`."),
  resource: of<AuthorizeInput["resource"]>(ResourceInput)(
    "What is to be accessed. Labels and attributes that are left out may be any; `organization` is where roles must be held.",
  ),
  purposeOfUse: text.orNull("As of `authorize`; absent: any."),
  context: of<NonNullable<AuthorizeInput["context"]>>(RequestContextInput).orNull(
    "The circumstances; what is left out may be any, the patient in context too.",
  ),
  clientId: id.orNull(
    "By way of this client alone; absent: any client. A caller that is neither reviewer nor auditor asks about its own client.",
  ),
  subjectType: text.orNull(
    "Subjects of this type alone, and no clients that act as themselves; absent: people and all types of which some subject holds a role.",
  ),
  ...asOfMembers,
});

const WhoCanMatch = objectType<Match>("WhoCanMatch", "One who can: a subject by way of a client, or a client itself.", {
  clientId: id("The client."),
  subjectId: id.orNull("The subject; null: the client acts as itself."),
  subjectType: text.orNull("The subject's type; null: there is none."),
  scope: text("The scope by which; of a chance, the first one."),
  roles: text.list(
    "The roles by which: from the one that is held itself to the one that the rule names. Empty: the rule is for every role.",
  ),
  access: oneOf(AccessEnum)("ALLOW or CONDITIONAL."),
  conditions: of(AccessCondition).list(
    "Of CONDITIONAL: what must hold, all of it. Empty for who may not read the policy.",
  ),
  obligations: of(Obligation).list("Of ALLOW: what must be done, such as to keep a search to a filter."),
});

interface WhoCanPage extends Omit<Answered, "endCursor"> {
  readonly pageInfo: PageInfo;
}
const WhoCan = objectType<WhoCanPage>("WhoCan", "A page of who can do something.", {
  policyRevision: int("The revision of the policy that was asked."),
  complete: flag("Whether nobody is left. A page may be short, even empty, and have a next one."),
  pageInfo: of(PageInfo)("Where to go on."),
  matches: of(WhoCanMatch).list("By client; of each the client itself first, then its subjects by type and id."),
});

@Resolver()
class WhoCanResolver {
  @Query(() => WhoCan, {
    description:
      "Who can do this: every client itself, and every subject by way of a client, for whom a decision would be ALLOW, or, as CONDITIONAL, could be if more were said. Nothing is decided; that it was asked is on record. Of a type that nobody knows the answer is empty, and `notes` say so.",
  })
  async whoCan(
    @Arg("input", () => WhoCanInput, { description: "The question." }) input: Question,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<WhoCanPage & Named> {
    const part = pageRequest(LIST, args);
    const { endCursor, ...page } = await domain.accessSearch.whoCan(caller, input, part);
    const { clientId, purposeOfUse, resource } = input;
    const named = {
      clients: [clientId],
      organizations: [resource.organization],
      resourceTypes: [resource.type],
      purposes: [purposeOfUse],
      patients: [resource.patient, ...(resource.patients ?? []), input.context?.patient],
      resources: [resource],
      ofPatients: true,
      policy: page.policyRevision,
    };
    return { ...page, named, pageInfo: partInfo(LIST, { after: part.after, end: endCursor }) };
  }
}

export const whoCanResolvers = [WhoCanResolver, notesOf(WhoCan)];
