import { Link } from "@tanstack/react-router";
import { type Asked, useAsk } from "../../../api/useAsk.ts";
import { Answer } from "../../../ui/answer.tsx";
import { Button } from "../../../ui/buttons.tsx";
import { CopyButton } from "../../../ui/copy.tsx";
import { Empty } from "../../../ui/feedback.tsx";
import { SelectField } from "../../../ui/fields.tsx";
import { downloadFile } from "../../../ui/files.tsx";
import { KIND_NAMES } from "./proposalKinds.ts";
import { changeFile } from "./proposedChange.ts";
import { ProposalsToTest, type ProposalToTestResult } from "./tests.graphql.ts";

const isOfPolicy = (kind: string): boolean => kind === "POLICY" || kind === "ROLLBACK";

/** One of the changes that somebody proposed and that are not in force yet. */
export function ProposalField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (id: string) => void;
}) {
  const asked = useAsk(ProposalsToTest, {});
  return (
    <Answer of={asked}>
      {({ proposals: { edges } }) => {
        const options = edges
          .filter(({ node }) => isOfPolicy(node.kind))
          .map(({ node: { id, title, kind, by } }) => ({
            id,
            name: title,
            hint: `${KIND_NAMES[kind]}, by ${by.name}`,
          }));
        return options.length === 0 && value === "" ? (
          <Empty title="No change of the policy is proposed">
            All proposals that are not applied were looked at. <Link to="/policy-files">Other files</Link> can be tried,
            too.
          </Empty>
        ) : (
          <SelectField
            label="Proposed change"
            isRequired
            value={value}
            onChange={onChange}
            options={
              value === "" || options.some(({ id }) => id === value)
                ? options
                : [...options, { id: value, name: "The proposal that you came from" }]
            }
          />
        );
      }}
    </Answer>
  );
}

/** What is proposed, as the text of a policy file, beside the tests. */
export function ProposedText({ asked }: { readonly asked: Asked<ProposalToTestResult> }) {
  return (
    <Answer of={asked}>
      {({ proposal }) => {
        if (proposal === null) return <Empty title="There is no such proposal">Its link may be cut.</Empty>;
        const file = changeFile(proposal);
        return (
          <>
            <p>
              <Link to="/proposals" search={{ id: proposal.id }}>
                {proposal.title}
              </Link>
            </p>
            {file === null ? (
              <p>The policy says again what it said at revision {proposal.rollbackTo}.</p>
            ) : (
              <>
                <pre className="code-block">{file.text}</pre>
                <div className="row">
                  <Button aria-label={`Download ${file.name}`} onPress={() => downloadFile(file)}>
                    Download
                  </Button>
                  <CopyButton text={file.text} label="Copy" />
                </div>
              </>
            )}
          </>
        );
      }}
    </Answer>
  );
}
