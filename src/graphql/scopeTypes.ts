import { FieldResolver, Resolver, Root } from "type-graphql";
import type { ScopeTranslation as DomainTranslation, ScopeVersion } from "../domain/policy/types.ts";
import type { Atom as DomainAtom, AtomDeclaration as DomainDeclaration } from "../domain/scopes/atom.ts";
import { printAtom, printConstraint } from "../domain/scopes/atom.ts";
import { connectionOf } from "./connections.ts";
import { AtomContextEnum, ScopeStateEnum } from "./enums.ts";
import { flag, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { type At, POLICY_REVISION } from "./policyRows.ts";

const AtomDeclaration = objectType<DomainDeclaration>(
  "AtomDeclaration",
  "Atoms as their author wrote them: several actions at once.",
  {
    context: oneOf(AtomContextEnum)("In whose name it is used."),
    resourceType: text("A FHIR type, a type of your own, or `*`."),
    actions: text.list("The actions."),
    constraint: text.orNull("Search parameters that a resource must meet, such as `category=laboratory`."),
  },
);

const ScopeTranslation = objectType<DomainTranslation>(
  "ScopeTranslation",
  "What a scope is called in another language.",
  {
    language: text("The language, as BCP 47 writes it: `de`, `pt-BR`."),
    title: text("Its title for people."),
    description: text.orNull("What it permits, for people."),
  },
);

const Atom = objectType<Omit<DomainAtom, "constraint">>(
  "Atom",
  "The unit in which scopes are compared: one action on one resource type, in one context, under one constraint.",
  {
    context: oneOf(AtomContextEnum)("In whose name it is used."),
    resourceType: text("A FHIR type, a type of your own, or `*`."),
    action: text("The action, under its one canonical name: `vread` is `read`."),
  },
);

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

export const Scope = objectType<At<ScopeVersion>>(
  "Scope",
  "One version of a scope: a named permission with a life of its own. Once active, its content no longer changes; a change makes the next version.",
  {
    name: text("Its name, as it stands in tokens."),
    version: int("The version, from 1."),
    state: oneOf(ScopeStateEnum)("Where it is in its life."),
    title: text.orNull("Its title for people."),
    description: text.orNull("What it permits, for people."),
    translations: of(ScopeTranslation).list("Title and description in other languages."),
    declarations: of(AtomDeclaration).list(
      "The atoms as written; empty for a SMART scope, whose syntax declares them.",
    ),
    atoms: of(Atom).list("What it permits, atom by atom."),
    requiresConsent: flag("Whether a consent is asked for when it is used."),
    justification: text.orNull("Why it may be as broad as it is, where it is broad."),
    deprecatedAt: time.orNull("When it was first announced to end."),
    sunsetAt: time.orNull("When a deprecated version retires by itself."),
    replacedBy: text.orNull("The name of the scope to use instead of a deprecated one."),
    retiredAt: time.orNull("When it ended: retired by an admin, or at its sunset."),
    policyRevision: int(POLICY_REVISION),
  },
);
export const ScopeConnection = connectionOf("Scope", "versions of scopes", Scope);
