import { useState } from "react";
import type { PolicyOperation } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Dialog } from "../dialog.tsx";
import { ChangeForm } from "../propose/ChangeForm.tsx";
import { changeTitle } from "./changeKinds.ts";

/** Opens the form that proposes a change; who may not propose reads who does. */
export function ProposeButton({ operations }: { readonly operations: readonly PolicyOperation[] }) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  if (!may("proposePolicy"))
    return <p className="because">With your sign-in you can try a change; a reviewer or an admin proposes it.</p>;
  return (
    <>
      <Button look="primary" k="p" onPress={() => setOpen(true)}>
        Propose this
      </Button>
      <Dialog title="Propose this change" isOpen={isOpen} onClose={() => setOpen(false)} isWide>
        <ChangeForm
          operations={operations}
          title={changeTitle(operations)}
          submit="Put it in force"
          isProposal
          onClose={() => setOpen(false)}
        />
      </Dialog>
    </>
  );
}
