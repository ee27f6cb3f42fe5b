import { askPages } from "./ask/pages.ts";
import { housePages } from "./house/pages.ts";
import type { PageEntry, PageGroup } from "./pageEntry.ts";
import { patientsPages } from "./patients/pages.ts";
import { peoplePages } from "./people/pages.ts";
import { policyPages } from "./policy/pages.ts";
import { recordPages } from "./record/pages.ts";
import { watchPages } from "./watch/pages.ts";

const toDo: PageGroup = {
  name: "",
  dailyFor: [],
  pages: [{ path: "/", title: "To do", needs: ["inbox"], load: () => import("./toDo/ToDoPage.tsx") }],
};

/** The navigation, in its order: by what one wants to do. */
export const GROUPS: readonly PageGroup[] = [
  toDo,
  watchPages,
  askPages,
  policyPages,
  peoplePages,
  patientsPages,
  recordPages,
  housePages,
];

export const PAGES: readonly PageEntry[] = GROUPS.flatMap(({ pages }) => pages);
