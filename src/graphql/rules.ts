import type * as operations from "../domain/policy/operations.ts";
import type { Rule as DomainRule } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { clearing } from "./clearing.ts";
import { connectionOf } from "./connections.ts";
import { EffectEnum } from "./enums.ts";
import { id, inputType, int, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { Obligation, ObligationInput } from "./obligations.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

export const Rule = objectType<At<DomainRule>>(
  "Rule",
  "What whoever holds a role may, or must not, do with a scope. `*` stands for any. A deny rule wins over every allow rule.",
  {
    id: id("Its id; reasons name it."),
    role: text("The role it holds for, inherited ones included; `*`: any, and none."),
    scope: text("The scope it holds for; a SMART scope means all that it covers; `*`: any."),
    action: text("The action; `*`: any."),
    resourceType: text("The resource type; `*`: any."),
    when: text.orNull("A condition in CEL that must hold; null: always."),
    effect: oneOf(EffectEnum)("What it does when it matches."),
    obligations: of(Obligation).list(
      "What the caller must do when the answer rests on this rule: an ALLOW on an allow rule, a DENY on a deny rule.",
    ),
    description: text.orNull("What it is for."),
    justification: text.orNull("Why it stands although the lint would refuse it."),
    policyRevision: int(POLICY_REVISION),
  },
);

const clear = clearing("rule");
const JUSTIFICATION = "Why it must stand although the lint would refuse it, at most 2000 characters. It is kept.";
const CONDITION =
  "A condition in CEL, at most 4000 characters, over `subject`, `client`, `resource`, `action`, `scope`, `purposeOfUse`, `context`, `now`. Members that a request does not carry are absent: guard them with `has()`. A condition that fails makes an allow rule not match and a deny rule match.";

export const PutRule = inputType<operations.PutRule>(
  "PutRule",
  "A rule to be created, or replaced if it is there: it becomes exactly what is said here. BAD_USER_INPUT when that leaves out what is set; say it again, or `clear` it.",
  {
    id: id.orNull(
      "A letter followed by letters, digits, `_`, `.` or `-`, at most 128 characters; absent: one is made, and stands in the revision's change.",
    ),
    role: text("The role it holds for; `*`: any, and none."),
    scope: text("A registered scope or a SMART scope; `*`: any."),
    action: text("The action: read, search, create, update, delete, or any other name; `*`: any."),
    resourceType: text("The resource type: FHIR's or one of your own; `*`: any."),
    when: text.orNull(CONDITION),
    effect: oneOf(EffectEnum)("What it does when it matches."),
    obligations: of(ObligationInput).listOrNull(
      "What the caller must do when the answer rests on this rule: an ALLOW on an allow rule, a DENY on a deny rule.",
    ),
    description: text.orNull("What it is for, at most 2000 characters."),
    justification: text.orNull(JUSTIFICATION),
    clear,
  },
);

const UpdateRule = inputType<operations.UpdateRule>(
  "UpdateRule",
  "What changes of a rule; what is left out stays as it is, and null is refused.",
  {
    id: id("The rule's id."),
    role: text.orNull("The role it holds for; `*`: any, and none."),
    scope: text.orNull("A registered scope or a SMART scope; `*`: any."),
    action: text.orNull("The action; `*`: any."),
    resourceType: text.orNull("The resource type; `*`: any."),
    when: text.orNull(CONDITION),
    effect: oneOf(EffectEnum).orNull("What it does when it matches."),
    obligations: of(ObligationInput).listOrNull(
      "What the caller must do when the answer rests on this rule, all of it: an ALLOW on an allow rule, a DENY on a deny rule.",
    ),
    description: text.orNull("What it is for, at most 2000 characters."),
    justification: text.orNull(JUSTIFICATION),
    clear,
  },
);

const RuleRef = inputType<operations.RuleRef>("RuleRef", "Names a rule.", {
  id: id("The rule's id."),
});

export const ruleOperations = {
  putRule: {
    input: PutRule,
    step: "Creates or replaces a rule.",
    mutations: {
      create: [
        "createRule",
        "Creates a rule. BAD_USER_INPUT when there is one of that id, and for a condition that is no CEL, with line and column.",
      ],
    },
  },
  updateRule: {
    input: UpdateRule,
    step: "Changes what is given of a rule.",
    mutations: {
      any: [
        "updateRule",
        "Changes what is given of a rule, and nothing else. BAD_USER_INPUT when there is none of that id.",
      ],
    },
  },
  deleteRule: {
    input: RuleRef,
    step: "Deletes a rule.",
    mutations: { any: ["deleteRule", "Deletes a rule."] },
  },
} satisfies OperationRows;

export const ruleResolvers = [
  policyRow("rule", { type: Rule, key: "id", find: (snapshot, id) => snapshot.rules.get(id) }),
  policyList("rule", {
    name: "rules",
    description: "The rules, by id.",
    connection: connectionOf("Rule", "rules", Rule),
    filter: {
      type: "RuleFilter",
      description:
        "Narrows a list of rules; all that is given must hold. Texts are compared exactly: `*` finds the rules that say `*`.",
      members: {
        role: text("Rules that name this role."),
        scope: text("Rules that name this scope."),
        action: text("Rules that name this action."),
        resourceType: text("Rules that name this resource type."),
        effect: oneOf(EffectEnum)("Rules of this effect."),
      },
    },
  }),
  ...mutationsOf(ruleOperations),
];
