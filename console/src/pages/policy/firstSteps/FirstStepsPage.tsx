import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useViewer } from "../../../session/useSession.ts";
import { CopyButton } from "../../../ui/copy.tsx";
import { Note } from "../../../ui/feedback.tsx";
import { Page } from "../../../ui/page.tsx";
import "../policy.css";
import { useBegun } from "../../../ui/begun.ts";
import { EXAMPLE, FirstPolicy, type Said } from "./FirstPolicy.tsx";
import { FirstQuestion } from "./FirstQuestion.tsx";
import { firstCurl } from "./firstCurl.ts";

const FILES = `scopewarden policy export policy/
git add policy && git commit -m "The first policy"
scopewarden policy plan policy/
scopewarden policy apply policy/ --reason "Ticket 4711"`;

/** From an empty policy to the first access that is allowed. */
export default function FirstStepsPage() {
  const { service } = useViewer();
  const { isBegun, asked } = useBegun();
  const [said, setSaid] = useState<Said>(EXAMPLE);
  const [key, setKey] = useState<string | null>(null);
  return (
    <Page
      title="First steps"
      purpose="From an empty policy to the first access that is allowed: a client, a scope, a role, a rule, and a question."
      asked={asked}
    >
      {isBegun === true && (
        <Note>
          The policy has a client and a rule already. Go on with <Link to="/clients">clients</Link>,{" "}
          <Link to="/scopes">scopes</Link> and <Link to="/roles">roles and rules</Link>, or ask a question below.
        </Note>
      )}
      {service.fourEyes && !service.canTwoApprove && (
        <Note tone="warn">
          Two people must agree on what allows more, and there is nobody yet who could approve what you propose. Make a
          key for a second person on the machine:{" "}
          <code>scopewarden key recover --subject rita --role reviewer --reason "Reviewer"</code>
        </Note>
      )}
      <ol className="policy-steps-list">
        <li className="card pad stack">
          <h2>1. Say who may do what</h2>
          <p className="muted">
            All four must fit before anything is allowed: an application that is granted a scope, a scope that covers
            the data, a person who holds a role, and a rule.
          </p>
          <FirstPolicy said={said} onChange={setSaid} />
        </li>
        <li className="card pad stack">
          <h2>2. Ask, as the application does</h2>
          <FirstQuestion said={said} onChange={setSaid} secret={key} onKey={setKey} />
        </li>
        <li className="card pad stack">
          <h2>3. Go on</h2>
          <p>
            Here, under <Link to="/scopes">scopes</Link>, <Link to="/clients">clients</Link> and{" "}
            <Link to="/roles">roles and rules</Link>. Or keep the policy in git, and let a pipeline apply it:
          </p>
          <pre className="code-block">{FILES}</pre>
          <p className="muted">
            The same files can be seen and tried under <Link to="/policy-files">policy files</Link>. Choose one of the
            two ways: what is changed here is not in your files until they are exported again.
          </p>
        </li>
        <li className="card pad stack">
          <h2>4. Ask from your program</h2>
          {key === null ? (
            <p className="muted">The same question as a command stands here, once the application has its key.</p>
          ) : (
            <>
              <p>The same question, to paste into a terminal. It holds the key.</p>
              <pre className="code-block">{firstCurl(said, key)}</pre>
              <div className="row">
                <CopyButton text={firstCurl(said, key)} label="Copy the command" />
              </div>
              <p className="muted">
                A program to copy is <code>examples/resource-server</code> in the sources. It keeps to two rules:
                anything but ALLOW is a denial, and an obligation that it does not know makes the answer one, too.
              </p>
            </>
          )}
        </li>
      </ol>
    </Page>
  );
}
