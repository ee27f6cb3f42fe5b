import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parse,
  parseDocument,
  stringify,
  visit,
} from "yaml";
import type { Spot, Yaml, YamlText } from "../domain/policy/files/fileReader.ts";

type Pair = { readonly key: Node; readonly value: Node | null };

const nameOf = ({ key }: Pair): string | null => (isScalar(key) && typeof key.value === "string" ? key.value : null);

/** The pair that a path begins with; of several the one with the longest name, as names may have dots in them. */
function pairAt(pairs: readonly Pair[], path: string): { readonly pair: Pair; readonly rest: string } | null {
  const found = pairs
    .flatMap((pair) => {
      const name = nameOf(pair);
      const rest = name !== null && path.startsWith(name) ? path.slice(name.length) : null;
      return rest !== null && /^($|[.[])/.test(rest) ? [{ pair, rest: rest.replace(/^\./, "") }] : [];
    })
    .sort((a, b) => a.rest.length - b.rest.length);
  return found[0] ?? null;
}

class ReadText implements YamlText {
  readonly data: unknown;
  readonly problems: (Spot & { readonly path: string; readonly message: string })[] = [];
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();
  /** What each alias (`*name`) stands for: asking the library would look through the whole text for each. */
  readonly #targets = new Map<Node, Node>();

  constructor(text: string) {
    // prettyErrors would put lines of the file into the messages; uniqueKeys compares each name with every other.
    const options = { lineCounter: this.#lines, prettyErrors: false, strict: true, uniqueKeys: false };
    this.#document = parseDocument(text, options);
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings])
      this.#note(pos[0], "", `is not valid YAML: ${message}`);
    if (this.problems.length === 0) this.#findTargets();
    // What a broken file seems to say is not worth a second list of problems.
    const data = this.problems.length > 0 ? null : this.#dataOf(this.#document.contents, "", new Map());
    this.data = this.problems.length > 0 ? null : data;
  }

  spotOf(path: string, ofName = false): Spot {
    let node: Node | null = this.#document.contents;
    let name: Node | null = null;
    for (let rest = path; rest !== ""; ) {
      const at = this.#target(node);
      const item = isSeq<Node>(at) ? /^\[(\d+)\]\.?/.exec(rest) : null;
      const member = isMap<Node, Node | null>(at) ? pairAt(at.items, rest) : null;
      if (isSeq<Node>(at) && item !== null) {
        [node, name, rest] = [at.items[Number(item[1])] ?? null, null, rest.slice(item[0].length)];
      } else if (member !== null) {
        [node, name, rest] = [member.pair.value, member.pair.key, member.rest];
      } else break;
    }
    const empty = node === null || (isScalar(node) && node.value === null);
    return this.#spotAt((name !== null && (ofName || empty) ? name : node)?.range?.[0]);
  }

  #spotAt(offset: number | undefined): Spot {
    const { line, col } = this.#lines.linePos(offset ?? 0);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #note(offset: number | undefined, path: string, message: string): void {
    this.problems.push({ ...this.#spotAt(offset), path, message });
  }

  #findTargets(): void {
    const anchors = new Map<string, Node>();
    visit(this.#document, {
      Node: (_key, node) => {
        if (isAlias(node)) {
          const target = anchors.get(node.source);
          if (target !== undefined) this.#targets.set(node, target);
          else this.#note(node.range?.[0], "", `is not valid YAML: *${node.source} stands for nothing in this file`);
        } else if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) anchors.set(node.anchor, node);
      },
    });
  }

  #target(node: Node | null): Node | null {
    return isAlias(node) ? (this.#targets.get(node) ?? null) : node;
  }

  /** The data of a node, made once for each, aliases included: they may stand for billions of values, or for themselves. */
  #dataOf(node: Node | null, path: string, known: Map<Node, unknown>): unknown {
    const at = this.#target(node);
    if (at === null || isScalar(at)) return at?.value ?? null;
    if (known.has(at)) return known.get(at);
    const items: unknown[] = [];
    const members: { [name: string]: unknown } = Object.create(null);
    known.set(at, isSeq(at) ? items : members);
    if (isSeq<Node>(at)) {
      for (const [i, item] of at.items.entries()) items.push(this.#dataOf(item, `${path}[${i}]`, known));
      return items;
    }
    for (const pair of isMap<Node, Node | null>(at) ? at.items : []) {
      const name = nameOf(pair);
      if (name === null) this.#note(pair.key.range?.[0], path, "must have names that are texts");
      else if (name in members) this.#note(pair.key.range?.[0], "", "is not valid YAML: Map keys must be unique");
      else members[name] = this.#dataOf(pair.value, path === "" ? name : `${path}.${name}`, known);
    }
    return members;
  }
}

/** YAML 1.2 by its library. */
export const yaml: Yaml = {
  read(text) {
    try {
      return new ReadText(text);
    } catch (error) {
      // The library reads what is within something by calling itself.
      if (!(error instanceof RangeError)) throw error;
      const start = { line: 1, column: 1 };
      return { data: null, problems: [{ ...start, path: "", message: "is nested too deeply" }], spotOf: () => start };
    }
  },
  // Long lines stay whole, so that a change of a word is a change of a line.
  write: (value) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }),
};

/** The data of a file that comes with the service, merge keys (`<<`) among it. */
export const parseOwn = (text: string): unknown => parse(text, { merge: true, maxAliasCount: 1000 });
