import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { PolicyOperation } from "../../generated/schema.ts";
import { useMay } from "../../session/useSession.ts";
import { Button } from "../buttons.tsx";
import { Dialog } from "../dialog.tsx";
import { ProposeForm } from "../propose/ProposeForm.tsx";
import { changeTitle } from "./changeKinds.ts";

/** Proposes a change for somebody else to approve. */
export function ProposeButton({ operations }: { readonly operations: readonly PolicyOperation[] }) {
  const may = useMay();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  if (!may("proposePolicy")) return <p className="because">With your sign-in you can try a change, and a reviewer or an admin proposes it.</p>;
  return (
    <>
      <Button look="primary" k="p" onPress={() => setOpen(true)}>
        Propose this
      </Button>
      <Dialog title="Propose this change" isOpen={isOpen} onClose={close} isWide>
        <ProposeForm
          operations={operations}
          title={changeTitle(operations)}
          onCancel={close}
          onDone={(id) => {
            if (id !== null) void navigate({ to: "/proposals", search: { id } as never });
          }}
        />
      </Dialog>
    </>
  );
}
