import { Link } from "@tanstack/react-router";
import { useMay } from "../../../session/useSession.ts";

/** Ways to pages that say more, of which those are shown that the viewer may ask: words, path, its search, and the query that it needs. */
export function AskLinks({
  links,
}: {
  readonly links: readonly (readonly [
    words: string,
    to: string,
    search: Readonly<Record<string, string>>,
    needs: string,
  ])[];
}) {
  const may = useMay();
  return (
    <p className="row">
      {links
        .filter(([, , , needs]) => may(needs))
        .map(([words, to, search]) => (
          <Link key={to} to={to} search={search as never}>
            {words}
          </Link>
        ))}
    </p>
  );
}
