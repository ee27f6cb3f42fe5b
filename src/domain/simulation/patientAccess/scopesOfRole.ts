import { rulesOfRole } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { looksLikeSmart } from "../../scopes/smart.ts";
import type { KnownScope } from "../possible/possibilities.ts";
import type { By } from "./places.ts";

/** Rules of one role that are looked at; one with more may have a rule for any scope. */
const LOOKED_AT = 2_000;

/** Which scopes allow rules of a role can mean. */
interface Meant {
  readonly all: boolean;
  readonly smart: boolean;
  readonly names: ReadonlySet<string>;
}

const EVERY: Meant = { all: true, smart: true, names: new Set() };

function meantBy(snapshot: Snapshot, role: string): Meant {
  const names = new Set<string>();
  let smart = false;
  let looked = 0;
  for (const { effect, scope } of rulesOfRole(snapshot, role)) {
    if (++looked > LOOKED_AT) return EVERY;
    if (effect !== "ALLOW") continue;
    if (scope === "*") return EVERY;
    if (looksLikeSmart(scope)) smart = true;
    else names.add(scope);
  }
  return { all: false, smart, names };
}

/** Those of a client's scopes that some allow rule can mean by which it is reached. */
export class ScopesOfRoles {
  readonly #snapshot: Snapshot;
  readonly #known = new Map<string, Meant>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  among(scopes: readonly KnownScope[], by: By): readonly KnownScope[] {
    if (by.kind === "CLIENT") return scopes;
    const role = by.kind === "ROLE" ? by.role : "*";
    let meant = this.#known.get(role);
    if (meant === undefined) {
      meant = meantBy(this.#snapshot, role);
      this.#known.set(role, meant);
    }
    const { all, names, smart: anySmart } = meant;
    return scopes.filter(({ scope, smart }) => all || (smart !== null ? anySmart : names.has(scope)));
  }
}
