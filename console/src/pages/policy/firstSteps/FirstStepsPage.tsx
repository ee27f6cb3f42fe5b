import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useViewer } from "../../../session/useSession.ts";
import { Note } from "../../../ui/feedback.tsx";
import { Page } from "../../../ui/page.tsx";
import "../policy.css";
import { useBegun } from "../../../ui/begun.ts";
import { EXAMPLE, FirstPolicy, type Said } from "./FirstPolicy.tsx";
import { FirstQuestion } from "./FirstQuestion.tsx";

const FILES = `scopewarden policy export policy/
git add policy && git commit -m "The first policy"
scopewarden policy plan policy/
scopewarden policy apply policy/ --reason "Ticket 4711"`;

/** From an empty policy to the first access that is allowed. */
export default function FirstStepsPage() {
  const { service } = useViewer();
  const { isBegun, asked } = useBegun();
  const [said, setSaid] = useState<Said>(EXAMPLE);
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
          <code>scopewarden recover-key --subject rita --role reviewer --reason "Reviewer"</code>
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
          <FirstQuestion said={said} onChange={setSaid} />
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
      </ol>
    </Page>
  );
}
