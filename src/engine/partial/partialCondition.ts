import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import type { Meter } from "../budget/meter.ts";
import { meteredText } from "../budget/meteredText.ts";
import { pathOf, pathsOf, strictOperands, textOf } from "../celExpression.ts";
import { memberType, VALUES } from "../conditionMembers.ts";
import { wordsOf } from "./conditionWords.ts";
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
import { type Rest, remainderOf } from "./remainder.ts";
import { type Split, splitByPresence, splitBySupposing, splitByText, type World } from "./world.ts";

const isTexts = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((item) => typeof item === "string");

const trueOrFalse = (split: Split): Outcomes => ({ ...ANY_BOOLEAN, splits: [split] });

const isText = (path: Path): boolean =>
  path.length === 1 ? VALUES.get(path[0] ?? "") === "string" : path.length === 2 && memberType(path) === "string";

/** Of what leads to a path, whether the first is there of which that is not known; null: all of it is known to be. */
function splitByWhatIsThere(path: Path, world: World): Split | null {
  for (let length = 1; length <= path.length; length++) {
    const prefix = path.slice(0, length);
    const known = lookUp(world.known, prefix);
    if (known.is === "unknown" && !known.present) return splitByPresence(prefix, known);
  }
  return null;
}

function suppose(key: string, world: World): Outcomes {
  const answer = world.supposed.get(key);
  if (answer === "fails") return FAILS;
  return answer === undefined ? trueOrFalse(splitBySupposing(key)) : always(answer);
}

type Part = (variables: object) => unknown;

/** Evaluates a part of a condition by itself, its steps counted; null where it can't be told apart from the whole. */
function compilePart(environment: Environment, node: ASTNode): Part | null {
  try {
    const text = meteredText(node);
    const parsed = environment.parse(text);
    return textOf(parsed.ast) === text ? parsed : null;
  } catch {
    return null;
  }
}

/** What conditions are evaluated with. */
interface Evaluating {
  /** Knows what `meteredText` writes. */
  readonly environment: Environment;
  readonly meter: Meter;
  /** The most that one evaluation may take. */
  readonly steps: number;
  readonly variables: ReadonlySet<string>;
}

interface NodeFacts {
  readonly text: string;
  readonly paths: readonly Path[] | null;
  /** Whether there are steps to count in it. */
  readonly counted: boolean;
}

/** A condition that is asked before everything is known that it may touch. */
export class PartialCondition {
  readonly #root: ASTNode;
  readonly #with: Evaluating;
  readonly #facts = new Map<ASTNode, NodeFacts>();
  readonly #parts = new Map<ASTNode, Part | null>();

  constructor(root: ASTNode, evaluating: Evaluating) {
    this.#root = root;
    this.#with = evaluating;
  }

  /** What the condition can come to in a world: true, false or a failure. */
  outcomes(world: World): Outcomes {
    const { meter, steps } = this.#with;
    meter.start(steps);
    const settled = this.#isSettled(this.#root, world);
    const found = this.#boolean(this.#root, world);
    // The same evaluation as of a whole request.
    if (settled) return meter.exhausted ? FAILS : found;
    // Its known parts take no more steps in the whole than here, where none is passed over.
    const canExhaust = found.canExhaust || meter.exhausted;
    return meter.exhausted
      ? { ...ANY_BOOLEAN, splits: found.splits }
      : { ...found, canFail: found.canFail || canExhaust };
  }

  /** What is left of it in a world, where that is neither surely true nor surely false. */
  remainder(world: World): Rest {
    const { meter, steps } = this.#with;
    const whole: Rest = { cel: textOf(this.#root), ...wordsOf(this.#root, () => null) };
    meter.start(steps);
    const left = remainderOf(this.#root, world, {
      boolean: (node, here) => this.#boolean(node, here),
      value: (node, here) => this.#value(node, here),
    });
    return typeof left === "boolean" || meter.exhausted ? whole : left;
  }

  /** Whether it may fail for want of something, how many steps it takes aside; true where that can't be told. */
  mayFail(world: World): boolean {
    const { meter, steps } = this.#with;
    meter.start(steps);
    const { canFail, splits, values } = this.#boolean(this.#root, world);
    if (!canFail || values?.length === 0) return canFail;
    const split = splits.find(({ about }) => about === "presence");
    return split === undefined || split.worlds(world).some((each) => this.mayFail(each));
  }

  #factsOf(node: ASTNode): NodeFacts {
    let facts = this.#facts.get(node);
    if (facts === undefined) {
      const text = textOf(node);
      facts = { text, paths: pathsOf(node, this.#with.variables), counted: meteredText(node) !== text };
      this.#facts.set(node, facts);
    }
    return facts;
  }

  #isSettled(node: ASTNode, world: World): boolean {
    const { paths } = this.#factsOf(node);
    return paths?.every((path) => isFullyKnown(lookUp(world.known, path))) ?? false;
  }

  /** The outcome of an expression that touches nothing unknown, by CEL itself; null for any other. */
  #settled(node: ASTNode, world: World): Outcomes | null {
    if (!this.#isSettled(node, world)) return null;
    let part = this.#parts.get(node);
    if (part === undefined) {
      part = compilePart(this.#with.environment, node);
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
        return this.#counting(node, this.#surelyFails(node, world) ? FAILS : ANY);
    }
  }

  /** What an expression comes to that is not settled: how many steps it will take is not known either. */
  #counting(node: ASTNode, outcomes: Outcomes): Outcomes {
    return this.#factsOf(node).counted ? { ...outcomes, canExhaust: true } : outcomes;
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
        return this.#counting(node, this.#equal(node.args, world));
      case "!=":
        return this.#counting(node, not(this.#equal(node.args, world)));
      case "in":
        return this.#counting(node, this.#within(node, world));
      case "call":
        return node.args[0] === "has" ? this.#present(node, world) : this.#counting(node, this.#supposed(node, world));
      default:
        return this.#counting(node, this.#supposed(node, world));
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
    const presence = world.tellsFailures ? splitByWhatIsThere(path, world) : null;
    const splits = presence === null ? [] : [presence];
    // What is there, and surely a text, can be compared.
    const canFail = !world.tellsFailures || presence !== null || !isText(path);
    if (text === undefined) return { ...ANY_BOOLEAN, values: [false], canFail, splits };
    return { ...trueOrFalse(splitByText(path, known, text)), canFail, ...(presence === null ? null : { splits }) };
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
    if (found !== null) return found;
    const path = pathOf(list);
    const text = onlyValue(this.#value(item, world));
    const supposed = this.#isLacking(list, text, world)
      ? { ...ANY_BOOLEAN, values: [false], splits: [] }
      : this.#supposed(node, world);
    const isList = world.tellsFailures && path !== null && memberType(path) === "list<string>";
    if (!isList || typeof text !== "string") return supposed;
    const presence = splitByWhatIsThere(path, world);
    return presence === null ? { ...supposed, canFail: false } : { ...supposed, splits: [presence] };
  }

  /** Whether a list that is not known is known to be without an item. */
  #isLacking(list: ASTNode, item: unknown, world: World): boolean {
    const path = pathOf(list);
    if (path === null || typeof item !== "string" || this.#factsOf(list).paths === null) return false;
    const known = lookUp(world.known, path);
    return known.is === "unknown" && known.lacks.includes(item);
  }

  #present(node: ASTNode & { op: "call" }, world: World): Outcomes {
    const [selected] = node.args[1];
    const path = selected === undefined ? null : pathOf(selected);
    if (path === null) return ANY_BOOLEAN;
    for (let length = 1; length <= path.length; length++) {
      const prefix = path.slice(0, length);
      const known = lookUp(world.known, prefix);
      if (known.is === "absent") return length < path.length ? FAILS : always(false);
      // Where what leads there is not sure to be there, asking is not sure to have an answer.
      if (known.is === "unknown" && !known.present)
        return { ...trueOrFalse(splitByPresence(prefix, known)), canFail: length < path.length };
    }
    return always(true);
  }
}
