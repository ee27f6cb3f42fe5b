import { identifierProblem } from "../../domain/kernel/text.ts";
import { actionNameProblem, canonicalAction, isBundleOfRequests } from "../../domain/scopes/atom.ts";
import { spansTypes } from "../../domain/scopes/exports.ts";
import type { CasbinModel, NotExpressed } from "./casbinModel.ts";

/** A `p` row: who may, or may not, do what to what, and where. */
export interface PolicyRow {
  readonly line: number;
  readonly sub: string;
  /** Null: the model has no domains. */
  readonly dom: string | null;
  readonly obj: string;
  readonly act: string;
  readonly effect: "ALLOW" | "DENY";
}
/** A `g` row: who has the role, in which domain. */
export interface RoleRow {
  readonly line: number;
  readonly member: string;
  readonly role: string;
  readonly dom: string | null;
}

export interface CasbinPolicy {
  readonly policies: readonly PolicyRow[];
  readonly roles: readonly RoleRow[];
  readonly problems: readonly NotExpressed[];
  /** Rows that count for nothing in Casbin, and are left out. */
  readonly idle: readonly NotExpressed[];
}

/** What is wrong with a name, or null. In Casbin `*` is a text like any other; here it stands for all. */
const nameProblem = (name: string): string | null =>
  name === "*" ? "is *, which Casbin compares as a text and which stands for any here" : identifierProblem(name);

/** What FHIR calls otherwise would be compared under the other name, and some actions are about more than one type. */
function actionProblem(act: string): string | null {
  if (canonicalAction(act) !== act) return `is the FHIR interaction ${canonicalAction(act)} here`;
  if ((spansTypes(act) && act !== "search") || isBundleOfRequests(act) || act.startsWith("$"))
    return "has a meaning of its own here";
  return actionNameProblem(act);
}

function tokensOf(line: string): readonly string[] | string {
  // Casbin joins values over commas within brackets, and reads quotes in ways of its own.
  if (/[()"]/.test(line)) return "has quotes or brackets, which Casbin reads in a way of its own";
  return line.split(",").map((value) => value.trim());
}

/** Reads the rows of a policy as Casbin's file adapter does, one a line. */
export function readCasbinPolicy(file: string, text: string, model: CasbinModel): CasbinPolicy {
  const policies: PolicyRow[] = [];
  const roles: RoleRow[] = [];
  const problems: NotExpressed[] = [];
  const idle: NotExpressed[] = [];
  const hasEffect = model.columns.includes("eft");
  const columns = model.columns.filter((name) => name !== "eft");

  function policyRow(values: readonly string[], line: number): void {
    const value = (name: string): string => values[model.columns.indexOf(name)] ?? "";
    const eft = hasEffect ? value("eft") : "";
    const isDeny = eft === "deny";
    const note = (message: string): void => {
      problems.push({ file, line, message, opens: isDeny && model.denies });
    };
    if (eft !== "" && eft !== "allow" && !(isDeny && model.denies)) {
      idle.push({ file, line, message: `the effect ${eft} counts for nothing in this model`, opens: false });
      return;
    }
    const many = values.length > model.columns.length ? [`has more columns than ${model.columns.join(", ")}`] : [];
    const wrong = columns.flatMap((name) => {
      const problem = nameProblem(value(name)) ?? (name === "act" ? actionProblem(value(name)) : null);
      return problem === null ? [] : [`${name} ${problem}`];
    });
    if (many.length + wrong.length > 0) {
      note([...many, ...wrong].join("; "));
      return;
    }
    policies.push({
      line,
      sub: value("sub"),
      dom: model.hasDomains ? value("dom") : null,
      obj: value("obj"),
      act: value("act"),
      effect: isDeny ? "DENY" : "ALLOW",
    });
  }

  function roleRow(values: readonly string[], line: number): void {
    const note = (message: string): void => {
      // Whoever loses a role may lose what denies.
      problems.push({ file, line, message, opens: model.denies });
    };
    const wrong = values.flatMap((value) => nameProblem(value) ?? []);
    if (model.roleColumns === 0 || values.length !== model.roleColumns)
      wrong.unshift(`has ${values.length} columns, and the model ${model.roleColumns}`);
    if (wrong.length > 0) {
      note(wrong.join("; "));
      return;
    }
    const [member = "", role = "", dom = null] = values;
    roles.push({ line, member, role, dom });
  }

  for (const [i, raw] of text.split("\n").entries()) {
    if (raw.trim() === "" || raw.trim().startsWith("#")) continue;
    const tokens = tokensOf(raw);
    const line = i + 1;
    if (typeof tokens === "string") {
      problems.push({ file, line, message: tokens, opens: true });
      continue;
    }
    const [key = "", ...values] = tokens;
    if (key === "p") policyRow(values, line);
    else if (key === "g") roleRow(values, line);
    else problems.push({ file, line, message: `rows of ${key} have no counterpart`, opens: true });
  }
  return { policies, roles, problems, idle };
}
