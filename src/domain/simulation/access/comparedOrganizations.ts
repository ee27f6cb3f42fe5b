import type { DecideFacts } from "../../decisions/facts.ts";
import { loosenedSettings, settingsOf } from "../../policy/organizations.ts";
import { changeOf } from "../../policy/snapshot.ts";
import { ALL_ORGANIZATIONS } from "../../policy/types.ts";
import type { Atom } from "../../scopes/atom.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { type Finding, isSo, regionOf } from "./accessDifference.ts";

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
  const where = place === null ? "every organization without a setting of its own" : `organization ${place}`;
  const [was, is] = [from, to].map(({ snapshot }) => settingsOf(snapshot, place));
  const isShared = is?.patientScopesReachShared === true && was?.patientScopesReachShared === false;
  for (const action of ["read", "search"])
    yield {
      region: regionOf({ action, organization }),
      more:
        isShared && isSharedGranted(to, action)
          ? isSo(`patient/ scopes reach what belongs to no patient, such as an Organization, in ${where}`)
          : null,
    };
  const rowOf = ({ snapshot }: DecideFacts, id: string) => snapshot.organizations.get(id) ?? null;
  const row = { before: rowOf(from, organization), after: rowOf(to, organization) };
  const [allBefore, allAfter] = [rowOf(from, ALL_ORGANIZATIONS), rowOf(to, ALL_ORGANIZATIONS)];
  const isAll = allBefore === null && allAfter === null ? [] : [changeOf("organization", allBefore, allAfter)];
  const loosened = loosenedSettings(row, { snapshot: from.snapshot, changes: isAll });
  const differing = loosened.filter(({ setting }) => !(isShared && setting === "patientScopesReachShared"));
  const [looser, stricter] = [differing.map((each) => each.looser), differing.map((each) => each.stricter)].map((t) =>
    t.join("; "),
  );
  const more = { gained: `New: ${where} ${looser}`, lost: `New: ${where} ${stricter}` };
  yield { region: regionOf({ organization }), more: differing.length === 0 ? null : more };
}
