import type { AskedData as DomainData, AskedScope as DomainScope } from "../domain/decisions/asking/askedScope.ts";
import { ConsentRequestStateEnum, GrantActionEnum, RelationEnum } from "./enums.ts";
import { id, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import type { ShownRequest } from "./shownRequest.ts";

const AskedData = objectType<DomainData>("AskedData", "Data that a scope reaches, and what may be done with it.", {
  resourceType: text("The type of the data; `*`: any."),
  actions: text.list("What may be done: read, search and the like."),
});

export const AskedScope = objectType<DomainScope>("AskedScope", "A scope as a patient is asked for it.", {
  scope: text("The scope."),
  title: text.orNull("Its title, in the first of the request's `languages` that it has; null: it has none."),
  description: text.orNull("Its description, likewise."),
  reaches: text.list("What can be reached with it, in plain English, each kind of record in a sentence."),
  data: of(AskedData).list("What can be reached with it, for programs."),
});

const Answerer = objectType<NonNullable<ShownRequest["answeredBy"]>>("ConsentAnswerer", "Who answered for a patient.", {
  id: id("The subject's id."),
  type: text("The subject's type."),
});

export const ConsentRequest = objectType<Omit<ShownRequest, "request">>(
  "ConsentRequest",
  "What a patient is asked, so that a token can carry more. It is answered once, scope by scope.",
  {
    id: id("Its id."),
    state: oneOf(ConsentRequestStateEnum)("Where it stands now."),
    patient: id("Who is asked."),
    clientId: id("The client that is to be let in."),
    clientName: text("The client's name."),
    subjectId: id.orNull("For whom the client would act; null: for whoever it is."),
    subjectType: text.orNull("The subject's type."),
    purposes: text.list("For which purposes, as `system|code`; empty: any but those that must be named."),
    grantId: id.orNull("The grant that `decideGrant` named; null: it named none."),
    grantAction: oneOf(GrantActionEnum)("What the answer does to the grant."),
    scopes: of(AskedScope).list("What is asked, each of which can be agreed to or refused."),
    at: time("When it was asked for."),
    until: time("Until when it can be answered."),
    validUntil: time.orNull("Until when a yes would hold; null: with no end."),
    answeredAt: time.orNull("When it was answered; null: it was not."),
    answeredBy: of(Answerer).orNull("Who answered."),
    relation: oneOf(RelationEnum).orNull("By what that person may answer."),
    agreed: text.list("The scopes that were agreed to."),
    refused: text.list("The scopes that were refused."),
  },
);
