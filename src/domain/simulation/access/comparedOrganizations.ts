import type { DecideFacts } from "../../decisions/facts.ts";
import { loosened, settingsOf } from "../../policy/organizations.ts";
import { changeOf } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import type { Atom } from "../../scopes/atom.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { type Finding, regionOf } from "./accessDifference.ts";

/** Whether some client is granted a scope by which a patient's context reads or searches a shared type. */
function isSharedGranted({ snapshot }: DecideFacts, action: string): boolean {
  const reaches = (atom: Atom): boolean =>
    atom.context === "PATIENT" &&
    atom.action === action &&
    (atom.resourceType === "*" || isSharedType(atom.resourceType));
  for (const scope of snapshot.grantsByScope.keys()) {
    const versions = snapshot.scopes.get(scope) ?? [];
    const atoms = parseSmartScope(scope)?.atoms ?? versions.flatMap((version) => version.atoms);
    if (atoms.some(reaches)) return true;
  }
  return false;
}

/** What the settings of an organization, or of all, let reach. */
export function* comparedOrganization(from: DecideFacts, to: DecideFacts, organization: string): Generator<Finding> {
  const place = organization === ALL_ORGANIZATIONS ? null : organization;
  const [was, is] = [from, to].map(({ snapshot }) => settingsOf(snapshot, place));
  const isShared = is?.patientScopesReachShared === true && was?.patientScopesReachShared === false;
  for (const action of ["read", "search"])
    yield {
      region: regionOf({ action, organization }),
      more:
        isShared && isSharedGranted(to, action)
          ? "patient/ scopes reach what belongs to no patient, such as an Organization"
          : null,
    };
  const rowOf = ({ snapshot }: DecideFacts, id: string) => snapshot.organizations.get(id) ?? null;
  const row = { before: rowOf(from, organization), after: rowOf(to, organization) };
  const [allBefore, allAfter] = [rowOf(from, ALL_ORGANIZATIONS), rowOf(to, ALL_ORGANIZATIONS)];
  const isAll = allBefore === null && allAfter === null ? [] : [changeOf("organization", allBefore, allAfter)];
  const told = loosened(row, { snapshot: from.snapshot, changes: isAll });
  const more = told.filter((text) => !(isShared && text.startsWith("lets patient scopes")));
  yield { region: regionOf({ organization }), more: more.length === 0 ? null : `the organization ${more.join("; ")}` };
}
