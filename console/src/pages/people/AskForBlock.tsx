import { useState } from "react";
import { usePages } from "../../api/useAsk.ts";
import type { CallerRole } from "../../generated/schema.ts";
import { serviceNow } from "../../session/session.ts";
import { useViewer } from "../../session/useSession.ts";
import { Button } from "../../ui/buttons.tsx";
import { CopyButton } from "../../ui/copy.tsx";
import { Failed, Loading } from "../../ui/feedback.tsx";
import { TextAreaField } from "../../ui/fields.tsx";
import { Section } from "../../ui/panel.tsx";
import { WhoCanBlock } from "./person.graphql.ts";

const CAN: readonly (readonly [role: CallerRole, words: string])[] = [
  ["REVIEWER", "Reviewers"],
  ["ADMIN", "Admins"],
];

/** Who may block a person, and a text for them that has all they need. */
export function AskForBlock({
  id,
  type,
  name,
  onClose,
}: {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const viewer = useViewer();
  const pages = usePages(WhoCanBlock, {}, (answer) => answer.apiKeys, { enough: 1_000 });
  const [text, setText] = useState(
    `Please block ${name === id ? "" : `${name}, `}${type} ${id}, now. Open One person in the console, type the id ${id}, and press Block now; or run: scopewarden block person ${type}/${id} --reason "..."\nReason: \n${viewer.name}`,
  );
  const now = serviceNow().getTime();
  const active = pages.rows.filter(
    ({ revokedAt, until }) => revokedAt === null && (until === null || Date.parse(until) > now),
  );
  return (
    <Section title="Who can, and what to send them">
      {pages.error !== null && <Failed error={pages.error} retry={pages.refresh} />}
      {pages.isPending ? (
        <Loading rows={2} />
      ) : (
        <ul className="people-lines">
          {CAN.map(([role, words]) => {
            // Nobody blocks themselves.
            const names = active.filter(({ roles, subject }) => roles.includes(role) && subject?.id !== id);
            return (
              <li key={role}>
                <strong>{words}:</strong>{" "}
                {names.length === 0
                  ? "nobody has a key; whoever signs in as one"
                  : names.map((each) => each.name).join(", ")}
              </li>
            );
          })}
        </ul>
      )}
      <TextAreaField
        label="The text"
        value={text}
        onChange={setText}
        rows={4}
        hint="Say why. It is sent by nobody but you."
      />
      <div className="row">
        <CopyButton text={text} label="Copy the text" />
        <Button look="quiet" onPress={onClose}>
          Close
        </Button>
      </div>
    </Section>
  );
}
