import { knownPart, knownValue, learn, type PartialValue, type Path } from "./partialVariables.ts";

/** What an expression that nothing settles is supposed to come to. */
type Supposition = boolean | "fails";

/** One way that things may be: what is known or supposed of the variables, and, by their keys, of expressions that these don't settle. */
export class World {
  readonly known: PartialValue;
  readonly supposed: ReadonlyMap<string, Supposition>;
  /** Whether it is asked what fails, so that it counts whether a value is there before what it is. */
  readonly tellsFailures: boolean;
  #variables: object | null = null;

  constructor(known: PartialValue, supposed: ReadonlyMap<string, Supposition> = new Map(), tellsFailures = false) {
    this.known = known;
    this.supposed = supposed;
    this.tellsFailures = tellsFailures;
  }

  /** The variables as CEL sees them; what is not known is not there. */
  get variables(): object {
    this.#variables ??= knownPart(this.known) as object;
    return this.#variables;
  }

  /** The world in which this stands at the path, too. */
  with(path: Path, piece: PartialValue): World {
    return new World(learn(this.known, path, piece), this.supposed, this.tellsFailures);
  }

  /** The world in which the expression of this key comes to that, too. */
  supposing(key: string, answer: Supposition): World {
    return new World(this.known, new Map([...this.supposed, [key, answer]]), this.tellsFailures);
  }
}

/** A question that a world leaves open, with the worlds in which it is answered; one of them is as things are. */
export interface Split {
  readonly about: "presence" | "value";
  readonly worlds: (world: World) => readonly World[];
}

/** Whether there is something at a path of which this is known. */
export function splitByPresence(path: Path, known: PartialValue & { readonly is: "unknown" }): Split {
  const there: PartialValue = { ...known, present: true };
  return { about: "presence", worlds: (world) => [world.with(path, { is: "absent" }), world.with(path, there)] };
}

/** Whether what stands at a path, of which this is known, is the text. */
export function splitByText(path: Path, known: PartialValue & { readonly is: "unknown" }, text: string): Split {
  const another: PartialValue = { ...known, not: [...known.not, text] };
  return { about: "value", worlds: (world) => [world.with(path, knownValue(text)), world.with(path, another)] };
}

/** Whether the expression of this key is true; where it is asked what fails, it may do that, and then nothing that needs it is true. */
export const splitBySupposing = (key: string): Split => ({
  about: "value",
  worlds: (world) => {
    const answers: readonly Supposition[] = world.tellsFailures ? [true, false, "fails"] : [true, false];
    return answers.map((answer) => world.supposing(key, answer));
  },
});
