import { Page } from "../../ui/page.tsx";

export default function ScopesPage() {
  return (
    <Page title="Scopes" purpose="What may be asked for, and how far each is in its life.">
      {null}
    </Page>
  );
}
