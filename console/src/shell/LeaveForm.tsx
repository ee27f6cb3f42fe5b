import { useBlocker } from "@tanstack/react-router";
import { Button } from "../ui/buttons.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { isHalfFilled, mayLeave, useLeaving } from "../ui/halfFilled.ts";

const staysHere = async (): Promise<boolean> => !(await mayLeave());

/** Asks before a half-filled form is left: by Back, by a link, or with the tab. */
export function LeaveForm() {
  useBlocker({ shouldBlockFn: staysHere, enableBeforeUnload: () => isHalfFilled(), withResolver: false });
  const answer = useLeaving();
  return (
    <Dialog title="Leave without sending?" isOpen={answer !== null} onClose={() => answer?.(false)}>
      <p>What you typed was not sent. It is lost if you leave.</p>
      <div className="form-end">
        <Button look="primary" onPress={() => answer?.(false)}>
          Stay here
        </Button>
        <Button look="danger" onPress={() => answer?.(true)}>
          Leave
        </Button>
      </div>
    </Dialog>
  );
}
