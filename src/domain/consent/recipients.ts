import type { RecipientTerms } from "./types.ts";

/** Recipients as they are written: whoever meets one value of each member that is said. */
export interface WrittenRecipients {
  readonly clientId: string | null;
  readonly subject: RecipientTerms["subject"];
  readonly organization: string | null;
  readonly roles: readonly string[] | null;
  readonly groups: readonly string[] | null;
  readonly identifiers: readonly string[] | null;
}

/** How many recipients these come to, if any are said. */
export const recipientCount = ({ groups, identifiers, roles }: WrittenRecipients): number =>
  (roles?.length ?? 1) * (groups?.length ?? 1) * (identifiers?.length ?? 1);

/** The recipients, each with what it must meet; null: nobody in particular is meant. */
export function recipientsOf(written: WrittenRecipients): readonly RecipientTerms[] | null {
  const { clientId, groups, identifiers, organization, roles, subject } = written;
  if (Object.values(written).every((member) => member === null)) return null;
  return (roles ?? [null]).flatMap((role) =>
    (groups ?? [null]).flatMap((group) =>
      (identifiers ?? [null]).map((identifier) => ({ clientId, subject, role, organization, group, identifier })),
    ),
  );
}

/** The value that all of them have; null: they have none, or not the same. */
function shared<Value>(
  recipients: readonly RecipientTerms[],
  of: (recipient: RecipientTerms) => Value | null,
): Value | null {
  const [first] = recipients;
  const value = first === undefined ? null : of(first);
  return recipients.every((each) => JSON.stringify(of(each)) === JSON.stringify(value)) ? value : null;
}

/** The values of them all, each once; null: one of them has none. */
function each(
  recipients: readonly RecipientTerms[],
  of: (recipient: RecipientTerms) => string | null,
): readonly string[] | null {
  const values = recipients.map(of);
  return values.length === 0 || values.includes(null) ? null : [...new Set(values as readonly string[])];
}

/** What recipients come to where they can be written so; of others a member that they do not share is null. */
export function writtenRecipients(recipients: readonly RecipientTerms[] | null): WrittenRecipients {
  const all = recipients ?? [];
  return {
    clientId: shared(all, ({ clientId }) => clientId),
    subject: shared(all, ({ subject }) => subject),
    organization: shared(all, ({ organization }) => organization),
    roles: each(all, ({ role }) => role),
    groups: each(all, ({ group }) => group),
    identifiers: each(all, ({ identifier }) => identifier),
  };
}
