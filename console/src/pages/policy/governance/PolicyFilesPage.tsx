import { Page } from "../../../ui/page.tsx";

export default function PolicyFilesPage() {
  return (
    <Page title="Policy files" purpose="The policy as files, to keep in git.">
      {null}
    </Page>
  );
}
