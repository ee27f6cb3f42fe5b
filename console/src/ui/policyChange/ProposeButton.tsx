import { useState } from "react";
import type { PolicyOperation } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Dialog } from "../dialog.tsx";
import { ChangeForm } from "../propose/ChangeForm.tsx";
import { changeTitle } from "./changeKinds.ts";

/** Opens the form that proposes a change; who may not propose reads who does. */
export function ProposeButton({
  operations,
  label,
  onDone,
}: {
  readonly operations: readonly PolicyOperation[];
  /** What the change is, where there may be several: it may be made at once then. */
  readonly label?: string;
  readonly onDone?: (how: "applied" | "proposed") => void;
}) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  if (!may("proposePolicy"))
    return <p className="because">With your sign-in you can try a change; a reviewer or an admin proposes it.</p>;
  return (
    <>
      {label === undefined ? (
        <Button look="primary" k="p" onPress={() => setOpen(true)}>
          Propose this
        </Button>
      ) : (
        <Button onPress={() => setOpen(true)}>{label}</Button>
      )}
      <Dialog title={label ?? "Propose this change"} isOpen={isOpen} onClose={() => setOpen(false)} isWide>
        <ChangeForm
          operations={operations}
          title={changeTitle(operations)}
          submit={label ?? "Put it in force"}
          isProposal={label === undefined}
          {...(onDone && { onDone })}
          onClose={() => setOpen(false)}
        />
      </Dialog>
    </>
  );
}
