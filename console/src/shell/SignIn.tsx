import { useEffect, useState } from "react";
import { Dialog as AriaDialog, Modal, ModalOverlay } from "react-aria-components";
import { signInWithAccount, signInWithKey, signOut } from "../session/session.ts";
import { findSignInConfig, type SignInConfig } from "../session/signInConfig.ts";
import { ApiError, errorOf } from "../transport/apiError.ts";
import { Button } from "../ui/buttons.tsx";
import { Failed, Note } from "../ui/feedback.tsx";
import { TextField } from "../ui/fields.tsx";
import { Form, useFields } from "../ui/form.tsx";
import { KeyScope } from "../ui/keys.tsx";

/** With the account of one's organization, where the service is set up for it. */
function AccountSignIn({
  config,
  onError,
}: {
  readonly config: SignInConfig;
  readonly onError: (error: ApiError | null) => void;
}) {
  const [waits, setWaits] = useState<AbortController | null>(null);
  const open = () => {
    const abort = new AbortController();
    setWaits(abort);
    onError(null);
    signInWithAccount(config, abort.signal)
      .catch((error) =>
        onError(error instanceof ApiError ? error : new ApiError("UNAUTHENTICATED", errorOf(error).message)),
      )
      .finally(() => setWaits(null));
  };
  return (
    <div className="form">
      <p>A window of {new URL(config.issuer).host} opens, and closes when you have signed in there.</p>
      <div className="form-end">
        <Button look="primary" onPress={open} isDisabled={waits !== null}>
          {waits === null ? "Sign in with your organization's account" : "Waiting for the other window…"}
        </Button>
        {waits !== null && (
          <Button look="quiet" onPress={() => waits.abort()}>
            Cancel
          </Button>
        )}
      </div>
    </div>
  );
}

function KeySignIn({
  onError,
  error,
}: {
  readonly onError: (error: ApiError | null) => void;
  readonly error: ApiError | null;
}) {
  const [{ key }, field] = useFields({ key: "" });
  const [isRunning, setRunning] = useState(false);
  const send = async () => {
    setRunning(true);
    onError(null);
    await signInWithKey(key.trim()).catch((problem) => onError(errorOf(problem)));
    setRunning(false);
  };
  return (
    <Form submit="Sign in" onSubmit={() => void send()} isRunning={isRunning} error={error}>
      <TextField
        label="Key"
        type="password"
        isCode
        isRequired
        {...field("key")}
        autoFocus
        hint="An API key of this service, which an admin gives you. Each says who you are and what you may do. It stays in the memory of this page, until you sign out or reload."
      />
      <details>
        <summary>Where is the first key of a new service?</summary>
        <p>
          Its first start puts one into <code>data/first-admin-key</code> beside the service, unless its settings say
          otherwise. It opens everything for a day: make a key of your own with it.
        </p>
      </details>
      <details>
        <summary>Where are the demo's keys?</summary>
        <p>
          <code>npm run demo</code> puts one for each role into <code>data/demo-keys.env</code>. Copy the value of one:{" "}
          <code>DEMO_AUDITOR_KEY</code> watches over privacy, <code>DEMO_ADMIN_KEY</code> changes the policy,{" "}
          <code>DEMO_REVIEWER_KEY</code> reviews access, <code>DEMO_CONSENT_KEY</code> records what patients say.
        </p>
      </details>
    </Form>
  );
}

function SignInCard({ hasEnded, name }: { readonly hasEnded: boolean; readonly name: string | null }) {
  const [config, setConfig] = useState<SignInConfig | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  useEffect(() => {
    document.title = "Sign in - Scopewarden";
    findSignInConfig().then(setConfig, (problem: Error) =>
      setError(new ApiError("AUTHENTICATION_UNAVAILABLE", problem.message)),
    );
  }, []);
  return (
    <section className="card" aria-labelledby="sign-in">
      <h1 id="sign-in">{hasEnded ? "Your sign-in has ended" : "Sign in to Scopewarden"}</h1>
      {hasEnded ? (
        <Note>
          Sign in again{name === null ? "" : ` as ${name}`} within ten minutes, and you go on where you were. Anybody
          else begins anew.
        </Note>
      ) : (
        <p className="muted">Who may see which health data, why, and who did.</p>
      )}
      {config !== null && <AccountSignIn config={config} onError={setError} />}
      {config !== null && error !== null && <Failed error={error} />}
      {config === null ? (
        <KeySignIn onError={setError} error={error} />
      ) : (
        <details>
          <summary>Sign in with a key</summary>
          <KeySignIn onError={setError} error={null} />
        </details>
      )}
      {hasEnded && (
        <Button look="quiet" onPress={signOut}>
          Leave, and forget what was here
        </Button>
      )}
    </section>
  );
}

export const SignIn = () => (
  <main className="sign-in">
    <SignInCard hasEnded={false} name={null} />
  </main>
);

/** Over the masked page and whatever was open on it, which stays for the same person. */
export const SignInAgain = ({ name }: { readonly name: string | null }) => (
  <ModalOverlay className="overlay over" isOpen isKeyboardDismissDisabled>
    <Modal className="sign-in">
      <AriaDialog aria-labelledby="sign-in">
        <KeyScope>
          <SignInCard hasEnded name={name} />
        </KeyScope>
      </AriaDialog>
    </Modal>
  </ModalOverlay>
);
