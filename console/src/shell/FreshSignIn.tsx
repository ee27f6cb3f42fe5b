import { useState } from "react";
import { refuseFreshSignIn, signInFreshly } from "../session/session.ts";
import { useSession } from "../session/useSession.ts";
import { ApiError, errorOf } from "../transport/apiError.ts";
import { Button } from "../ui/buttons.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Failed } from "../ui/feedback.tsx";

/** Some steps ask that the person signed in a short time ago (RFC 9470). What they did waits, and goes on when they have. */
export function FreshSignIn() {
  const { fresh } = useSession();
  const [waits, setWaits] = useState<AbortController | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const open = () => {
    const abort = new AbortController();
    setWaits(abort);
    setError(null);
    signInFreshly(abort.signal)
      .catch((problem) => setError(new ApiError("UNAUTHENTICATED", errorOf(problem).message)))
      .finally(() => setWaits(null));
  };
  const leave = () => {
    waits?.abort();
    refuseFreshSignIn();
  };
  return (
    <Dialog title="Sign in again for this step" isOpen={fresh !== null} onClose={leave}>
      <p>It asks that you signed in a short time ago. Sign in, and it is done; what you typed stays.</p>
      {error !== null && <Failed error={error} />}
      <div className="form-end">
        <Button look="primary" onPress={open} isDisabled={waits !== null}>
          {waits === null ? "Sign in again" : "Waiting for the other window…"}
        </Button>
      </div>
    </Dialog>
  );
}
