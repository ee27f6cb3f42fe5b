import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { PolicyRevision as Revision } from "../domain/policy/store.ts";
import type { ClientStatus, Client as DomainClient } from "../domain/policy/types.ts";
import { ChangeArgs, change, INPUT } from "./change.ts";
import { type Connection, connectionOf } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { ClientStatusEnum } from "./enums.ts";
import { givenFilter, type Whole } from "./inputs.ts";
import { type At, currentRow, listRows, POLICY_REVISION, PolicyPageArgs } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";

@ObjectType("Client", { simpleResolvers: true, description: "An OAuth client application." })
export class Client implements At<DomainClient> {
  @Field(() => ID, { description: "Its `client_id`." })
  readonly id!: string;
  @Field(() => String, { description: "Its name for people." })
  readonly name!: string;
  @Field(() => ClientStatusEnum, { description: "Whether it is served." })
  readonly status!: ClientStatus;
  @Field(() => String, { nullable: true, description: "What it is for." })
  readonly description!: string | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}
const ClientConnection = connectionOf("Client", "clients", () => Client);

@InputType("ClientFilter", {
  description: "Narrows a list of clients; all that is given must hold. Texts are compared exactly.",
})
class ClientFilter {
  @Field(() => ID, { nullable: true, description: "The client of this id." })
  readonly id?: string | null;
  @Field(() => String, { nullable: true, description: "Ids that begin so." })
  readonly idPrefix?: string | null;
  @Field(() => ClientStatusEnum, { nullable: true, description: "Clients of this status." })
  readonly status?: ClientStatus | null;
}

@ArgsType()
class ClientsArgs extends PolicyPageArgs {
  @Field(() => ClientFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: ClientFilter | null;
}

@InputType("PutClient", {
  description: "A client to be registered, or changed if it is there: it becomes exactly what is said here.",
})
export class PutClient implements Whole<operations.PutClient> {
  @Field(() => ID, { description: "Its `client_id`: 1 to 256 characters without control characters." })
  readonly id!: string;
  @Field(() => String, { description: "Its name for people, 1 to 256 characters." })
  readonly name!: string;
  @Field(() => ClientStatusEnum, { nullable: true, defaultValue: "ACTIVE", description: "Whether it is served." })
  readonly status!: ClientStatus | null | undefined;
  @Field(() => String, { nullable: true, description: "What it is for, at most 2000 characters." })
  readonly description!: string | null | undefined;
}

@InputType("ClientRef", { description: "Names a client." })
export class ClientRef implements operations.ClientRef {
  @Field(() => ID, { description: "The client's id." })
  readonly id!: string;
}

@Resolver()
export class ClientResolver {
  @Query(() => Client, {
    nullable: true,
    description: "One client of the current policy; null when there is none of that id.",
  })
  client(
    @Arg("id", () => ID, { description: "The client's id." }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): At<DomainClient> | null {
    return currentRow<"client">(ctx, (snapshot) => snapshot.clients.get(id));
  }

  @Query(() => ClientConnection, { description: "The clients, by id." })
  clients(
    @Args(() => ClientsArgs) args: ClientsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Connection<At<DomainClient>>> {
    return listRows(ctx, { noun: "client", list: "clients", filter: givenFilter(args.filter), args });
  }

  @Mutation(() => PolicyRevision, {
    description: "Registers a new client. BAD_USER_INPUT when there is one of that id.",
  })
  createClient(
    @Arg("input", () => PutClient, INPUT) input: PutClient,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putClient: input }, args, "create");
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Replaces what is said of a client, its status included. BAD_USER_INPUT when there is none of that id.",
  })
  updateClient(
    @Arg("input", () => PutClient, INPUT) input: PutClient,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putClient: input }, args, "update");
  }

  @Mutation(() => PolicyRevision, {
    description: "Deletes a client. BAD_USER_INPUT while it has grants or role assignments.",
  })
  deleteClient(
    @Arg("input", () => ClientRef, INPUT) input: ClientRef,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { deleteClient: input }, args);
  }
}
