/**
 * Loaded into a service: of what follows the journal only what BENCH_FOLLOWERS names is at work, in its thread too. Only for this
 * benchmark: a service always has all of them.
 */
import { register } from "node:module";

const hook = `
export async function load(url, context, next) {
  if (!url.endsWith("/storage/serviceFollowers.js")) return next(url, context);
  const source = \`import { serviceFollowers as all } from "./serviceFollowers.js?all";
    const names = (process.env.BENCH_FOLLOWERS ?? "").split(",");
    export function serviceFollowers(options) {
      const made = all(options);
      return { ...made, list: made.list.filter(({ name }) => names.includes(name)) };
    }\`;
  return { format: "module", source, shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
