/** What the service says of signing in with an organization's account: config.json beside the page. */
export interface SignInConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Null: the issuer ends no sessions for clients. */
  readonly endSessionEndpoint: string | null;
  readonly issuerInResponse: boolean;
}

/** Null: nobody can sign in with an account here. @throws Error where it can't be known now */
export async function findSignInConfig(): Promise<SignInConfig | null> {
  const response = await fetch(new URL("./config.json", document.baseURI).href);
  if (!response.ok)
    throw new Error("The account of your organization can't be used now: the service can't ask who signs people in.");
  return (await response.json()) as SignInConfig | null;
}
