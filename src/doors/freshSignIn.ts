import type { Identity } from "../domain/callers/types.ts";

/** What a client does about INSUFFICIENT_USER_AUTHENTICATION: it has the person sign in again, with `max_age` (RFC 9470 section 3). */
export const freshSignInChallenge = ({ maxAge }: NonNullable<Identity["staleSignIn"]>): string =>
  `Bearer realm="scopewarden", error="insufficient_user_authentication", error_description="A fresh sign-in is needed", max_age="${maxAge}"`;
