import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { compilePart, pathOf, pathsOf, strictOperands, textOf } from "./celExpression.ts";
import {
  ANY,
  ANY_BOOLEAN,
  always,
  both,
  choice,
  FAILS,
  not,
  type Outcomes,
  onlyValue,
  surelyFails,
} from "./outcomes.ts";
import { isFullyKnown, lookUp, type Path } from "./partialVariables.ts";
import { type Split, splitByPresence, splitBySupposing, splitByText, type World } from "./world.ts";

const isTexts = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((item) => typeof item === "string");

const trueOrFalse = (split: Split): Outcomes => ({ ...ANY_BOOLEAN, splits: [split] });

function suppose(key: string, world: World): Outcomes {
  const answer = world.supposed.get(key);
  return answer === undefined ? trueOrFalse(splitBySupposing(key)) : always(answer);
}

/** A condition that is asked before everything is known that it may touch. */
export class PartialCondition {
  readonly #root: ASTNode;
  readonly #environment: Environment;
  readonly #variables: ReadonlySet<string>;
  readonly #facts = new Map<ASTNode, { readonly text: string; readonly paths: readonly Path[] | null }>();
  readonly #parts = new Map<ASTNode, ReturnType<typeof compilePart>>();

  constructor(text: string, environment: Environment, variables: ReadonlySet<string>) {
    this.#root = environment.parse(text).ast;
    this.#environment = environment;
    this.#variables = variables;
  }

  /** What the condition can come to in a world: true, false or a failure. */
  outcomes(world: World): Outcomes {
    return this.#boolean(this.#root, world);
  }

  #factsOf(node: ASTNode): { readonly text: string; readonly paths: readonly Path[] | null } {
    let facts = this.#facts.get(node);
    if (facts === undefined) {
      facts = { text: textOf(node), paths: pathsOf(node, this.#variables) };
      this.#facts.set(node, facts);
    }
    return facts;
  }

  /** The outcome of an expression that touches nothing unknown, by CEL itself; null for any other. */
  #settled(node: ASTNode, world: World): Outcomes | null {
    const { paths, text } = this.#factsOf(node);
    if (paths === null || !paths.every((path) => isFullyKnown(lookUp(world.known, path)))) return null;
    let part = this.#parts.get(node);
    if (part === undefined) {
      part = compilePart(this.#environment, text);
      this.#parts.set(node, part);
    }
    if (part === null) return ANY;
    try {
      return always(part(world.variables));
    } catch {
      return FAILS;
    }
  }

  #value(node: ASTNode, world: World): Outcomes {
    const settled = this.#settled(node, world);
    if (settled !== null) return settled;
    switch (node.op) {
      case "&&":
      case "||":
      case "!_":
      case "==":
      case "!=":
      case "in":
        return this.#boolean(node, world);
      case "?:":
        return this.#choice(node.args, world, (branch) => this.#value(branch, world));
      default:
        return this.#surelyFails(node, world) ? FAILS : ANY;
    }
  }

  #boolean(node: ASTNode, world: World): Outcomes {
    const settled = this.#settled(node, world);
    if (settled !== null && settled.values !== null)
      return settled.values.every((v) => typeof v === "boolean") ? settled : FAILS;
    switch (node.op) {
      case "&&":
      case "||":
        return both(node.op === "||", this.#boolean(node.args[0], world), this.#boolean(node.args[1], world));
      case "!_":
        return not(this.#boolean(node.args, world));
      case "?:":
        return this.#choice(node.args, world, (branch) => this.#boolean(branch, world));
      case "==":
        return this.#equal(node.args, world);
      case "!=":
        return not(this.#equal(node.args, world));
      case "in":
        return this.#within(node, world);
      case "call":
        return node.args[0] === "has" ? this.#present(node, world) : this.#supposed(node, world);
      default:
        return this.#supposed(node, world);
    }
  }

  #choice(
    [condition, yes, no]: readonly [ASTNode, ASTNode, ASTNode],
    world: World,
    branch: (node: ASTNode) => Outcomes,
  ): Outcomes {
    return choice(
      this.#boolean(condition, world),
      () => branch(yes),
      () => branch(no),
    );
  }

  #surelyFails(node: ASTNode, world: World): boolean {
    return strictOperands(node).some((operand) => surelyFails(this.#value(operand, world)));
  }

  /** An expression of which only a supposition can tell whether it is true or false. */
  #supposed(node: ASTNode, world: World): Outcomes {
    return this.#surelyFails(node, world) ? FAILS : suppose(this.#factsOf(node).text, world);
  }

  /** An unknown text compared with known ones: supposing that it is one of them settles all else about it. */
  #oneOf(node: ASTNode, texts: readonly string[], world: World): Outcomes | null {
    const path = pathOf(node);
    const known = path === null || this.#factsOf(node).paths === null ? null : lookUp(world.known, path);
    if (path === null || known?.is !== "unknown") return null;
    const [text] = texts.filter((candidate) => !known.not.includes(candidate));
    if (text === undefined) return { ...ANY_BOOLEAN, values: [false] };
    return trueOrFalse(splitByText(path, known, text));
  }

  #equal([left, right]: readonly [ASTNode, ASTNode], world: World): Outcomes {
    const sides = [this.#value(left, world), this.#value(right, world)] as const;
    if (sides.some(surelyFails)) return FAILS;
    for (const [unknown, other] of [
      [left, sides[1]],
      [right, sides[0]],
    ] as const) {
      const text = onlyValue(other);
      const found = typeof text === "string" ? this.#oneOf(unknown, [text], world) : null;
      if (found !== null) return found;
    }
    const key = JSON.stringify(["==", ...[this.#factsOf(left).text, this.#factsOf(right).text].sort()]);
    return suppose(key, world);
  }

  #within(node: ASTNode & { op: "in" }, world: World): Outcomes {
    const [item, list] = node.args;
    const texts = onlyValue(this.#value(list, world));
    const found = isTexts(texts) ? this.#oneOf(item, texts, world) : null;
    return found ?? this.#supposed(node, world);
  }

  #present(node: ASTNode & { op: "call" }, world: World): Outcomes {
    const [selected] = node.args[1];
    const path = selected === undefined ? null : pathOf(selected);
    if (path === null) return ANY_BOOLEAN;
    for (let length = 1; length <= path.length; length++) {
      const prefix = path.slice(0, length);
      const known = lookUp(world.known, prefix);
      if (known.is === "absent") return length < path.length ? FAILS : always(false);
      const sure = known.is === "value" || (known.is === "members" ? !known.mayBeAbsent : known.present);
      // Where what leads there is not sure to be there, asking is not sure to have an answer.
      if (!sure) return { ...trueOrFalse(splitByPresence(prefix, known)), canFail: length < path.length };
    }
    return always(true);
  }
}
