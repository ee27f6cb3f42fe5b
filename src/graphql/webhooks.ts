import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver } from "type-graphql";
import type { DeliveryFilter, WebhookDelivery as DomainDelivery } from "../domain/monitoring/webhooks/delivery.ts";
import { connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { DeliveryStateEnum } from "./enums.ts";
import { id, int, json, objectType, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";

/** As it is printed: `nextAttemptAt` only where there will be one, and the body as what it is. */
const printedOf = ({ body, createdAt, nextAt, state, ...rest }: DomainDelivery) => ({
  ...rest,
  at: createdAt,
  state,
  nextAttemptAt: state === "PENDING" ? nextAt : null,
  body: JSON.parse(body) as unknown,
});
type Printed = ReturnType<typeof printedOf>;

const WebhookDelivery = objectType<Printed>(
  "WebhookDelivery",
  "A notification on its way to the receiver of webhooks. It is sent until the receiver takes it, or it is given up.",
  {
    id: id("Its id, also in what is sent (`webhook-id`, and `id` of the CloudEvent): the same of each attempt."),
    type: text("What it tells, such as `scopewarden.access_request.requested`."),
    subject: id("The id of what it is about, such as an access request."),
    state: oneOf(DeliveryStateEnum)("Where it stands."),
    body: json(
      "What is sent: a CloudEvent 1.0. It names no person. `scopewarden.sink.undelivered` says where the act that a sink could not deliver stands on record.",
    ),
    at: time("When what it tells has happened."),
    attempts: int("How often it was tried, since it was made or retried."),
    nextAttemptAt: time.orNull("When it is tried next, at the earliest; null: it is not."),
    lastAttemptAt: time.orNull("When it was tried last; null: it was not."),
    lastStatus: int.orNull("The HTTP status of the last attempt; null: there was no answer."),
    lastError: text.orNull("Why the last attempt failed; null: it did not."),
    endedAt: time.orNull("When it was delivered or given up; null: it is PENDING."),
  },
);

@Resolver(() => WebhookDelivery)
class WebhookDeliveryFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; notifications do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

@Resolver()
class WebhookResolver {
  @Mutation(() => WebhookDelivery, {
    description:
      "Has a notification sent again at once, with all its attempts: one that is DEAD, or that waits for its next attempt. CONFLICT where it is DELIVERED.",
  })
  async retryWebhookDelivery(
    @Arg("id", () => ID, { description: "The delivery's id." }) given: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedOf(await domain.webhooks.retry(caller, { id: given, reason }));
  }
}

const deliveryList = listOf<DeliveryFilter, PageArgs>(
  {
    name: "webhookDeliveries",
    description:
      "Notifications for the receiver of webhooks, newest first: those that wait, that could not be delivered, and that were; also what sinks could not deliver.",
    connection: connectionOf("WebhookDelivery", "webhook deliveries", WebhookDelivery),
    filter: {
      type: "WebhookDeliveryFilter",
      description: "Narrows a list of webhook deliveries; all that is given must hold.",
      members: {
        state: oneOf(DeliveryStateEnum)("Those in this state."),
        type: text("Those that tell this, exactly."),
        subject: id("Those about this, such as an access request, by its id."),
      },
    },
  },
  PageArgs,
  async ({ domain }, filter, args) => {
    const request = numberedPageRequest("webhookDeliveries", args);
    const page = await domain.webhooks.page({ filter, page: request });
    return toConnection("webhookDeliveries", request, page, printedOf);
  },
);

export const webhookResolvers = [WebhookDeliveryFields, WebhookResolver, deliveryList];
