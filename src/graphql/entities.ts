import { Arg, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { seesPseudonyms } from "../domain/callers/permissions.ts";
import { writerOf } from "../domain/callers/person.ts";
import type { Identity } from "../domain/callers/types.ts";
import type { Entity as DomainEntity, EntityRef as DomainRef } from "../domain/directory/entity.ts";
import { type PutEntity as DomainPut, MAX_ENTITIES } from "../domain/directory/readEntities.ts";
import type { EntityFilter } from "../domain/directory/store.ts";
import { connectionOf, PageArgs, pageRequest, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { id, inputType, int, json, objectType, text } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";

const Entity = objectType<DomainEntity>(
  "Entity",
  "What the directory knows of a subject or a resource. Decisions take from it what a request leaves out; it says nothing about who may do what.",
  {
    type: text("Such as `user`, or a resource type."),
    id: id("Its id, unique within the type."),
    properties: json.orNull("What is known of it. docs/directory.md has the names with a meaning."),
    version: int("Its version: the directory's revision with which it became so. Decisions on record name it."),
  },
);

export const PutEntity = inputType<DomainPut>(
  "PutEntity",
  "An entity to be registered, or replaced: it becomes exactly what is said here.",
  {
    type: text("Such as `user`, or a resource type; 1 to 256 characters."),
    id: id("Its id, 1 to 256 characters."),
    properties: json.orNull("An object of at most 16384 characters and 6 levels; absent or null: none."),
  },
);

export const EntityRef = inputType<DomainRef>("EntityRef", "Names an entity.", {
  type: text("Its type."),
  id: id("Its id."),
});

/** The result of a change of the directory. */
interface Changed {
  readonly count: number;
  readonly revision: number;
}
const DirectoryChange = objectType<Changed>("DirectoryChange", "The result of a change of the directory.", {
  count: int(
    "How many entities were put or deleted; to an auditor as many as differ from before. Those that were so already get no new version.",
  ),
  revision: int("The directory's revision now. It counts for itself, apart from the policy's."),
});

const REASON = "Why, in 1 to 2000 characters; kept on record.";
const LIST = `1 to ${MAX_ENTITIES}, each once. BAD_USER_INPUT lists every problem, with its path from \`entities\`.`;

const directoryWriter = (caller: Identity) => ({ ...writerOf(caller), isBlind: seesPseudonyms(caller) });

@Resolver()
class EntityResolver {
  @Query(() => Entity, {
    nullable: true,
    description:
      "One entity of the directory; null when it is not there. To who is no auditor an entry of a patient is null, too, and of others what tells of a patient and `accounts` are left out, but their own; an admin opens one whole with a `reason`, which is on record before the answer, and in `questionsAsked` for auditors.",
  })
  async entity(
    @Arg("type", () => String, { description: "Its type." }) type: string,
    @Arg("id", () => ID, { description: "Its id." }) id: string,
    @Arg("reason", () => String, {
      nullable: true,
      description:
        "Why an entry is opened, in 1 to 2000 characters; kept on record. FORBIDDEN to who is neither admin nor auditor, unless `proposal` is given.",
    })
    reason: string | null | undefined,
    @Arg("proposal", () => ID, {
      nullable: true,
      description:
        "An entity of this proposed change of the directory: as it would be, or as it is where it is to be deleted. With `reason` for who may approve it, while it can be approved or applied, CONFLICT afterwards; FORBIDDEN to its author, and to a reviewer of one that is to be deleted; `version` is 0 for a reviewer. NOT_FOUND.",
    })
    proposal: string | null | undefined,
    @Ctx() { caller, domain }: GraphqlContext,
  ): Promise<DomainEntity | null> {
    const asked = { type, id, reason: reason ?? null };
    if ((proposal ?? null) === null) return domain.directoryReads.entity(caller, asked);
    return domain.proposals.entity(caller, { ...asked, proposalId: proposal as string });
  }

  @Mutation(() => DirectoryChange, {
    description:
      "Puts what is known of subjects and resources: all of it happens, as one revision of the directory, or none. The next decision knows it.",
  })
  async putEntities(
    @Arg("entities", () => [PutEntity], { description: LIST }) entities: readonly DomainPut[],
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Changed> {
    const { put, revision } = await domain.directory.put({ entities, reason, ...directoryWriter(caller) });
    return { count: put, revision };
  }

  @Mutation(() => DirectoryChange, {
    description:
      "Takes entities out of the directory, all as one revision. Their versions stay for the decisions that name them.",
  })
  async deleteEntities(
    @Arg("entities", () => [EntityRef], { description: LIST }) entities: readonly DomainRef[],
    @Arg("reason", () => String, { description: REASON }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ): Promise<Changed> {
    const { removed, revision } = await domain.directory.remove({ entities, reason, ...directoryWriter(caller) });
    return { count: removed, revision };
  }
}

const EntityList = listOf<EntityFilter, PageArgs>(
  {
    name: "entities",
    description:
      "What the directory has now, by type and id. To who is no auditor staff, clients, and resources that are nobody's, without what tells of a patient, and without `accounts` but their own.",
    connection: connectionOf("Entity", "entities", Entity),
    filter: {
      type: "EntityFilter",
      description: "Narrows a list of entities; all that is given must hold. Texts are compared exactly.",
      members: {
        type: text("Entities of this type."),
        id: id("Entities of this id."),
      },
    },
  },
  PageArgs,
  async ({ caller, domain }, filter, args) => {
    const request = pageRequest("entities", args);
    const page = await domain.directoryReads.page(caller, { filter, page: request });
    return toConnection("entities", request, page, (entity) => entity);
  },
);

export const entityResolvers = [EntityResolver, EntityList];
