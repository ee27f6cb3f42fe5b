import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { compilePart, pathOf, pathsOf, strictOperands, textOf } from "./expression.ts";
import { isWhole, type Known, learn, lookUp, type Path, plain, value } from "./known.ts";

/** What is supposed: about the variables, and, by their keys, about expressions that they don't settle. */
export class World {
  readonly known: Known;
  readonly supposed: ReadonlyMap<string, boolean>;
  #plain: object | null = null;

  constructor(known: Known, supposed: ReadonlyMap<string, boolean> = new Map()) {
    this.known = known;
    this.supposed = supposed;
  }

  get variables(): object {
    this.#plain ??= plain(this.known) as object;
    return this.#plain;
  }
}

/** A question that the world leaves open, with the worlds in which it is answered; one of them is as things are. */
export interface Split {
  readonly about: "presence" | "value";
  readonly worlds: (world: World) => readonly World[];
}

/**
 * What an expression can come to: the values that are possible (null: any), and whether it can fail. An
 * over-approximation: what is not listed is impossible; what is listed need not be possible.
 */
export interface Outcomes {
  readonly values: readonly unknown[] | null;
  readonly canFail: boolean;
  /** What would have to be known to say more. */
  readonly splits: readonly Split[];
}

const FAILS: Outcomes = { values: [], canFail: true, splits: [] };
const ANY: Outcomes = { values: null, canFail: true, splits: [] };
const always = (values: readonly unknown[]): Outcomes => ({ values, canFail: false, splits: [] });

const learned = (world: World, path: Path, piece: Known): World =>
  new World(learn(world.known, path, piece), world.supposed);

function presence(path: Path, known: Known): Split {
  const there: Known =
    known.is === "members"
      ? { ...known, mayBeAbsent: false }
      : { is: "unknown", present: true, not: known.is === "unknown" ? known.not : [] };
  const pieces: readonly Known[] = [{ is: "absent" }, there];
  return { about: "presence", worlds: (world) => pieces.map((piece) => learned(world, path, piece)) };
}

function suppose(key: string, world: World): Outcomes {
  const answer = world.supposed.get(key);
  if (answer !== undefined) return always([answer]);
  const worlds = (from: World): readonly World[] =>
    [true, false].map((supposed) => new World(from.known, new Map([...from.supposed, [key, supposed]])));
  return { values: [true, false], canFail: true, splits: [{ about: "value", worlds }] };
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
    if (paths === null || !paths.every((path) => isWhole(lookUp(world.known, path)))) return null;
    let part = this.#parts.get(node);
    if (part === undefined) {
      part = compilePart(this.#environment, text);
      this.#parts.set(node, part);
    }
    if (part === null) return ANY;
    try {
      return always([part(world.variables)]);
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
    const asked = this.#boolean(condition, world);
    const taken = [...(can(asked, true) ? [branch(yes)] : []), ...(can(asked, false) ? [branch(no)] : [])];
    return {
      values: taken.some(({ values }) => values === null)
        ? null
        : [...new Set(taken.flatMap(({ values }) => values ?? []))],
      canFail: asked.canFail || taken.some(({ canFail }) => canFail),
      splits: [...asked.splits, ...taken.flatMap(({ splits }) => splits)],
    };
  }

  #surelyFails(node: ASTNode, world: World): boolean {
    return strictOperands(node).some((operand) => this.#value(operand, world).values?.length === 0);
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
    if (text === undefined) return { values: [false], canFail: true, splits: [] };
    const worlds = (from: World): readonly World[] => [
      learned(from, path, value(text)),
      learned(from, path, { ...known, not: [...known.not, text] }),
    ];
    return { values: [true, false], canFail: true, splits: [{ about: "value", worlds }] };
  }

  #equal([left, right]: readonly [ASTNode, ASTNode], world: World): Outcomes {
    const sides = [this.#value(left, world), this.#value(right, world)] as const;
    if (sides.some(({ values }) => values?.length === 0)) return FAILS;
    for (const [unknown, other] of [
      [left, sides[1]],
      [right, sides[0]],
    ] as const) {
      const text = only(other);
      const found = typeof text === "string" ? this.#oneOf(unknown, [text], world) : null;
      if (found !== null) return found;
    }
    const key = JSON.stringify(["==", ...[this.#factsOf(left).text, this.#factsOf(right).text].sort()]);
    return suppose(key, world);
  }

  #within(node: ASTNode & { op: "in" }, world: World): Outcomes {
    const [item, list] = node.args;
    const texts = only(this.#value(list, world));
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
      if (known.is === "absent") return length < path.length ? FAILS : always([false]);
      const sure = known.is === "value" || (known.is === "members" ? !known.mayBeAbsent : known.present);
      // Where what leads there is not sure to be there, asking is not sure to have an answer.
      if (!sure) return { values: [true, false], canFail: length < path.length, splits: [presence(prefix, known)] };
    }
    return always([true]);
  }
}

const ANY_BOOLEAN: Outcomes = { values: [true, false], canFail: true, splits: [] };

/** Whether an outcome is possible. */
export const can = ({ values }: Outcomes, wanted: boolean): boolean => values === null || values.includes(wanted);
/** Whether it is the only one. */
export const must = (outcomes: Outcomes, wanted: boolean): boolean =>
  !outcomes.canFail && outcomes.values?.length === 1 && outcomes.values[0] === wanted;

const only = ({ values, canFail }: Outcomes): unknown => (values?.length === 1 && !canFail ? values[0] : undefined);
const isTexts = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((item) => typeof item === "string");

function not(of: Outcomes): Outcomes {
  return { ...of, values: [true, false].filter((answer) => can(of, !answer)) };
}

/** `||` where `absorbing` is true, `&&` where it is false: either side alone decides for it, even beside an error. */
function both(absorbing: boolean, left: Outcomes, right: Outcomes): Outcomes {
  if (must(left, absorbing) || must(right, absorbing)) return always([absorbing]);
  const values: boolean[] = [];
  if (can(left, absorbing) || can(right, absorbing)) values.push(absorbing);
  if (can(left, !absorbing) && can(right, !absorbing)) values.push(!absorbing);
  return { values, canFail: left.canFail || right.canFail, splits: [...left.splits, ...right.splits] };
}
