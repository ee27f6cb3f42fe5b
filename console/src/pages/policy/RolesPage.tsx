import { Page } from "../../ui/page.tsx";

export default function RolesPage() {
  return (
    <Page title="Roles and rules" purpose="Who may do what, and under which condition.">
      {null}
    </Page>
  );
}
