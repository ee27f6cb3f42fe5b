import { useEffect } from "react";
import { useMeanwhile } from "../api/changes.ts";
import { forgetFailure, refreshAll, useRenewal } from "../api/renewal.ts";
import { type CaseKind, CaseKindWords } from "../generated/schema.ts";
import { PAGES } from "../pages/groups.ts";
import { Button } from "../ui/buttons.tsx";

const ALL = Object.keys(CaseKindWords) as CaseKind[];
const NO_KINDS: readonly CaseKind[] = [];

/** What is not as it is shown: it stays in sight however far down one has scrolled. */
export function Notices({ path }: { readonly path: string }) {
  const kinds = path === "/" ? ALL : (PAGES.find((page) => page.path === path)?.waits ?? NO_KINDS);
  const { isCase, isList } = useMeanwhile(kinds);
  const { error, isRunning } = useRenewal();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page was asked by itself
  useEffect(forgetFailure, [path]);
  const said =
    error !== null
      ? `It could not be asked again: what is shown is as it was. ${error.message}`
      : isCase
        ? "What is open has changed meanwhile."
        : isList
          ? "What waits has changed meanwhile."
          : null;
  if (said === null) return null;
  return (
    <div className={`notice ${error === null ? "" : "bad"}`} role={error === null ? "status" : "alert"}>
      <span>{said}</span>
      <Button onPress={refreshAll} isDisabled={isRunning}>
        {isRunning ? "Asking…" : error === null ? "Show" : "Ask again"}
      </Button>
    </div>
  );
}
