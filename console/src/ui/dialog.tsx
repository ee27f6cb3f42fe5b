import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { Button } from "./buttons.tsx";
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
export const Dialog = ({ title, isOpen, onClose, children, isWide = false, mayClose = true }: DialogProps) => (
  <ModalOverlay
    className="overlay"
    isOpen={isOpen}
    isDismissable={mayClose}
    isKeyboardDismissDisabled={!mayClose}
    onOpenChange={(open) => open || onClose()}
  >
    <Modal className={`modal ${isWide ? "wide" : ""}`}>
      <AriaDialog className="dialog">
        <header>
          <Heading slot="title">{title}</Heading>
          {mayClose && (
            <Button look="quiet" aria-label="Close" onPress={onClose}>
              <span aria-hidden="true">✕</span>
            </Button>
          )}
        </header>
        <KeyScope>{children}</KeyScope>
      </AriaDialog>
    </Modal>
  </ModalOverlay>
);
