import { Link } from "@tanstack/react-router";
import { useMay } from "../../session/useSession.ts";

/** Where to begin when nothing waits, by what a role may do. */
const WAYS: readonly { readonly to: string; readonly needs: string; readonly title: string; readonly what: string }[] =
  [
    {
      to: "/proposals",
      needs: "proposals",
      title: "Proposals",
      what: "Changes that wait for somebody, and what came of those before.",
    },
    {
      to: "/policy-files",
      needs: "planPolicyFiles",
      title: "Policy files",
      what: "What files would change, or the policy as files.",
    },
    { to: "/alerts", needs: "alerts", title: "Alerts", what: "What was unusual, open and closed." },
    {
      to: "/decisions",
      needs: "authorize",
      title: "Decisions of your program",
      what: "What was asked, what was answered, and why.",
    },
    { to: "/emergencies", needs: "breakGlass", title: "Emergencies", what: "Open one, or end one that you opened." },
    {
      to: "/access-requests",
      needs: "requestAccess",
      title: "Ask for access",
      what: "A role for an afternoon, a scope for a night.",
    },
  ];

export function Ways() {
  const may = useMay();
  return (
    <ul className="todo-ways">
      {WAYS.filter(({ needs }) => may(needs)).map(({ title, to, what }) => (
        <li key={to}>
          <Link to={to} search={{}}>
            <strong>{title}</strong>
            <span className="muted">{what}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
