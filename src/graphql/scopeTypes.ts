import { Field, FieldResolver, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { ScopeVersion } from "../domain/policy/types.ts";
import type { AtomContext, Atom as DomainAtom, AtomDeclaration as DomainDeclaration } from "../domain/scopes/atom.ts";
import { printAtom, printConstraint } from "../domain/scopes/atom.ts";
import type { ScopeState } from "../domain/scopes/lifecycle.ts";
import { connectionOf } from "./connections.ts";
import { AtomContextEnum, ScopeStateEnum } from "./enums.ts";
import { type At, POLICY_REVISION } from "./policyRows.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("AtomDeclaration", {
  simpleResolvers: true,
  description: "Atoms as their author wrote them: several actions at once.",
})
export class AtomDeclaration implements DomainDeclaration {
  @Field(() => AtomContextEnum, { description: "In whose name it is used." })
  readonly context!: AtomContext;
  @Field(() => String, { description: "A FHIR R4 type, a type of your own, or `*`." })
  readonly resourceType!: string;
  @Field(() => [String], { description: "The actions." })
  readonly actions!: readonly string[];
  @Field(() => String, {
    nullable: true,
    description: "Search parameters that a resource must meet, such as `category=laboratory`.",
  })
  readonly constraint!: string | null;
}

@ObjectType("Atom", {
  simpleResolvers: true,
  description:
    "The unit in which scopes are compared: one action on one resource type, in one context, under one constraint.",
})
class Atom implements Omit<DomainAtom, "constraint"> {
  @Field(() => AtomContextEnum, { description: "In whose name it is used." })
  readonly context!: AtomContext;
  @Field(() => String, { description: "A FHIR R4 type, a type of your own, or `*`." })
  readonly resourceType!: string;
  @Field(() => String, { description: "The action, under its one canonical name: `vread` is `read`." })
  readonly action!: string;
}

@Resolver(() => Atom)
export class AtomFields {
  @FieldResolver(() => String, {
    nullable: true,
    description: "Search parameters that a resource must meet, canonically; null: none.",
  })
  constraint(@Root() atom: DomainAtom): string | null {
    return printConstraint(atom.constraint) || null;
  }
  @FieldResolver(() => String, {
    description: "The atom in one line, such as `patient/Observation.read?category=laboratory`.",
  })
  text(@Root() atom: DomainAtom): string {
    return printAtom(atom);
  }
}

@ObjectType("Scope", {
  simpleResolvers: true,
  description:
    "One version of a scope: a named permission with a life of its own. Once active, its content no longer changes; a change makes the next version.",
})
export class Scope implements At<ScopeVersion> {
  @Field(() => String, { description: "Its name, as it stands in tokens." })
  readonly name!: string;
  @Field(() => Int, { description: "The version, from 1." })
  readonly version!: number;
  @Field(() => ScopeStateEnum, { description: "Where it is in its life." })
  readonly state!: ScopeState;
  @Field(() => String, { nullable: true, description: "Its title for people." })
  readonly title!: string | null;
  @Field(() => String, { nullable: true, description: "What it permits, for people." })
  readonly description!: string | null;
  @Field(() => [AtomDeclaration], {
    description: "The atoms as written; empty for a SMART scope, whose syntax declares them.",
  })
  readonly declarations!: readonly AtomDeclaration[];
  @Field(() => [Atom], { description: "What it permits, atom by atom." })
  readonly atoms!: readonly DomainAtom[];
  @Field(() => Boolean, { description: "Whether a consent is asked for when it is used." })
  readonly requiresConsent!: boolean;
  @Field(() => String, { nullable: true, description: "Why it may be as broad as it is, where it is broad." })
  readonly justification!: string | null;
  @Field(() => DateTime, { nullable: true, description: "When it was first announced to end." })
  readonly deprecatedAt!: number | null;
  @Field(() => DateTime, { nullable: true, description: "When a deprecated version retires by itself." })
  readonly sunsetAt!: number | null;
  @Field(() => String, { nullable: true, description: "The name of the scope to use instead of a deprecated one." })
  readonly replacedBy!: string | null;
  @Field(() => DateTime, { nullable: true, description: "When it ended: retired by an admin, or at its sunset." })
  readonly retiredAt!: number | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}
export const ScopeConnection = connectionOf("Scope", "versions of scopes", () => Scope);
