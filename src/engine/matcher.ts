/** What Casbin evaluates its matcher with: the request's and the policy row's values by name. */
type Context = Readonly<Record<string, unknown>>;
export type MatcherExpression = (context: Context) => unknown;
export type MatcherFunction = (query: unknown, value: never) => unknown;
export type MatcherFunctions = ReadonlyMap<string, MatcherFunction>;

/** The parts of a parsed matcher that are compiled; of any other only the type is known. */
export type MatcherNode =
  | { readonly type: "Literal"; readonly value: unknown }
  | { readonly type: "Identifier"; readonly name: string }
  | {
      readonly type: "MemberExpression";
      readonly computed: boolean;
      readonly object: MatcherNode;
      readonly property: MatcherNode;
    }
  | {
      readonly type: "BinaryExpression" | "LogicalExpression";
      readonly operator: string;
      readonly left: MatcherNode;
      readonly right: MatcherNode;
    }
  | { readonly type: "UnaryExpression"; readonly operator: string; readonly argument: MatcherNode }
  | { readonly type: "CallExpression"; readonly callee: MatcherNode; readonly arguments: readonly MatcherNode[] }
  | { readonly type: "Compound" };

/** Members that Casbin refuses when it comes to them. */
const REFUSED = /^__proto__|prototype|constructor$/;

function comparison(operator: string, left: MatcherExpression, right: MatcherExpression): MatcherExpression | null {
  switch (operator) {
    case "==":
      // biome-ignore lint/suspicious/noDoubleEquals: it means what it means to Casbin.
      return (context) => left(context) == right(context);
    case "!=":
      // biome-ignore lint/suspicious/noDoubleEquals: it means what it means to Casbin.
      return (context) => left(context) != right(context);
    case "===":
      return (context) => left(context) === right(context);
    case "!==":
      return (context) => left(context) !== right(context);
    default:
      return null;
  }
}

function memberOf(object: MatcherExpression, key: string): MatcherExpression | null {
  return REFUSED.test(key) ? null : (context) => (object(context) as Context)[key];
}

/**
 * A parsed matcher as closures: the same values in the same order as Casbin's evaluation of it, which walks the tree
 * anew for each row. Null where there is a part that is not known here; then Casbin's own evaluation is to be used.
 */
export function compileMatcher(node: MatcherNode, functions: MatcherFunctions): MatcherExpression | null {
  const compile = (part: MatcherNode): MatcherExpression | null => compileMatcher(part, functions);
  switch (node.type) {
    case "Literal": {
      const { value } = node;
      return () => value;
    }
    case "Identifier": {
      const { name } = node;
      const named = functions.get(name);
      return named === undefined ? (context) => context[name] : () => named;
    }
    case "MemberExpression": {
      const object = compile(node.object);
      if (object === null || node.computed || node.property.type !== "Identifier") return null;
      return memberOf(object, node.property.name);
    }
    case "UnaryExpression": {
      const operand = compile(node.argument);
      return operand === null || node.operator !== "!" ? null : (context) => !operand(context);
    }
    case "BinaryExpression":
    case "LogicalExpression": {
      const [left, right] = [compile(node.left), compile(node.right)];
      if (left === null || right === null) return null;
      if (node.type === "BinaryExpression") return comparison(node.operator, left, right);
      if (node.operator === "&&") return (context) => left(context) && right(context);
      return node.operator === "||" ? (context) => left(context) || right(context) : null;
    }
    case "CallExpression": {
      const [first, second, ...others] = node.arguments.map(compile);
      const called = node.callee.type === "Identifier" ? functions.get(node.callee.name) : undefined;
      if (called === undefined || !first || !second || others.length > 0) return null;
      const call = called as (a: unknown, b: unknown) => unknown;
      return (context) => call(first(context), second(context));
    }
    default:
      return null;
  }
}
