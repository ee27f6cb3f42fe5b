import { CopyButton } from "../../../ui/copy.tsx";
import { Section } from "../../../ui/panel.tsx";

const address = () => new URL("..", document.baseURI).href.replace(/\/$/, "");
const commands = () => `export SCOPEWARDEN_URL=${address()}
export SCOPEWARDEN_KEY=<a key with the role reviewer or admin>
scopewarden policy export policy/
git init policy && git -C policy add . && git -C policy commit -m "The policy as it is"
# Change a file, then:
scopewarden policy plan policy/
scopewarden policy propose policy/ --title "Nurses read lab results" --reason "Ticket 4711"
scopewarden policy apply policy/ --reason "Ticket 4711"   # with a key of an admin`;

/** The same by the command line, where the policy is kept in a repository. */
export function FromGit() {
  const text = commands();
  return (
    <Section title="The same from git" more={<CopyButton text={text} label="Copy" />}>
      <p className="muted">
        Where a repository has the policy, its pull requests run <code>plan</code> and <code>test</code>, and its main
        branch runs <code>apply</code>. The reason of each revision then says which commit it came from.
      </p>
      <pre className="code-block">{text}</pre>
    </Section>
  );
}
