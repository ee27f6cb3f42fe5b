import { type ReactNode, useRef } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Button } from "./buttons.tsx";
import { mayLeave } from "./halfFilled.ts";
import { KeyScope } from "./keys.tsx";

interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly isWide?: boolean;
  /** False: it can't be left without doing what it asks. */
  readonly mayClose?: boolean;
}

/** Something that is asked before anything else. The focus stays in it and goes back to where it was. */
export function Dialog({ title, isOpen, onClose, children, isWide = false, mayClose = true }: DialogProps) {
  const dialog = useRef<HTMLElement>(null);
  const close = () => void mayLeave(dialog.current).then((leaves) => leaves && onClose());
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      isDismissable={mayClose}
      isKeyboardDismissDisabled={!mayClose}
      onOpenChange={(open) => open || close()}
    >
      <Modal className={`modal ${isWide ? "wide" : ""}`}>
        <AriaDialog ref={dialog} className="dialog">
          <header>
            <Heading slot="title">{title}</Heading>
            {mayClose && (
              <Button look="quiet" aria-label="Close" onPress={close}>
                <span aria-hidden="true">✕</span>
              </Button>
            )}
          </header>
          <KeyScope>{children}</KeyScope>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
