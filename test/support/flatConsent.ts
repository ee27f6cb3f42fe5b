type Shown = Readonly<Record<string, unknown>>;

/** A consent as it is shown, with its terms and those of its exceptions side by side with the rest, for tests that compare members. */
export const flatConsent = ({ terms, exceptions, ...rest }: Shown): Shown => ({
  ...rest,
  ...(terms as Shown),
  ...(exceptions === undefined ? {} : { exceptions: (exceptions as readonly Shown[]).map(flatConsent) }),
});
