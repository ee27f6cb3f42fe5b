import { Arg, Args, Ctx, Query, Resolver } from "type-graphql";
import type { ExportFormat } from "../domain/audit/export/actLine.ts";
import type { ExportPlace } from "../domain/audit/export/exportPage.ts";
import { badInput } from "../domain/kernel/errors.ts";
import type { ActKind } from "../domain/record/kinds.ts";
import { decodeCursor, encodeCursor } from "../doors/cursors.ts";
import { PageArgs } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { ActKindEnum, ExportFormatEnum } from "./enums.ts";
import { flag, number, objectType, text } from "./graphqlTypes.ts";
import { boundedInt } from "./inputs.ts";
import { DateTime } from "./scalars.ts";

const LIST = "exportPage";

interface Printed {
  readonly lines: readonly string[];
  readonly opening: string | null;
  readonly closing: string | null;
  readonly hasNextPage: boolean;
  readonly endCursor: string;
  readonly done: number;
  readonly total: number;
}
const ExportPage = objectType<Printed>("ExportPage", "A part of all that is on record, in its order.", {
  lines: text.list(
    "Each a JSON object, to be followed by a line feed. Fewer than `first` where they are long, or where what is sought is rare; there may be none, and more to follow.",
  ),
  opening: text.orNull(
    "Of NDJSON on the first page: the line that comes before `lines`, where earlier months are archived. It says with which act the export begins. Null: with the first there was, or the format has none.",
  ),
  closing: text.orNull(
    "Of NDJSON on the last page: the line that comes after `lines` and ends the export. With it a file proves itself (`scopewarden record verify --file`), or says that it is a part. Null: more may follow, or the format has none.",
  ),
  hasNextPage: flag("Whether more may follow: ask again with `after` set to `endCursor`."),
  endCursor: text("Where to go on. It says where the export ends, too; the same again gives the same lines."),
  done: number("How many places of the record were gone through, up to the end of this page."),
  total: number("How many places the export goes through. Not each has an act that is in it."),
});

/** @throws ScopewardenError BAD_USER_INPUT */
function placeOf(cursor: string | null | undefined): ExportPlace | null {
  if (cursor === null || cursor === undefined) return null;
  const [, after, until, began = 0] = /^(\d{1,15})-(\d{1,15})(?:-(\d{1,15}))?$/.exec(decodeCursor(LIST, cursor)) ?? [];
  if (after === undefined || until === undefined)
    throw badInput([{ path: "after", message: `must be a cursor of ${LIST}, as an earlier page gave it` }]);
  return { began: Number(began), after: Number(after), until: Number(until) };
}

@Resolver()
export class ExportResolver {
  @Query(() => ExportPage, {
    description:
      "Takes away what is on record, page by page, from the beginning to what there is when the first page is asked for. Each page, with its SHA-256, is on record before the answer (kind `AUDIT`).",
  })
  async exportPage(
    @Arg("format", () => ExportFormatEnum, { description: "How each act is told." }) format: ExportFormat,
    @Arg("kinds", () => [ActKindEnum], {
      nullable: true,
      description: "Acts of these kinds, such as DECISION or CONSENT. Absent: all; for OCSF and FHIR the decisions.",
    })
    kinds: readonly ActKind[] | null | undefined,
    @Arg("from", () => DateTime, {
      nullable: true,
      description: "Acts of this time on. With `from` or `to` the export is a part of the record, and says so.",
    })
    from: number | null | undefined,
    @Arg("to", () => DateTime, { nullable: true, description: "Acts before this time." })
    to: number | null | undefined,
    @Args(() => PageArgs) { after, first }: PageArgs,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
  ) {
    const most = boundedInt(first, { path: "first", min: 1, max: 200, default: 50 });
    const window = { from: from ?? null, to: to ?? null };
    const asked = { format, kinds, ...window, place: placeOf(after), first: most };
    const page = await loaders.page(
      () => domain.takeExportPage(caller, asked),
      ({ lines }) => lines.reduce((sum, line) => sum + line.length, 0),
    );
    const { closing, hasNextPage, lines, opening, place } = page;
    const { began, until } = place;
    const endCursor = encodeCursor(LIST, `${place.after}-${until}-${began}`);
    return { lines, opening, closing, hasNextPage, endCursor, done: place.after - began, total: until - began };
  }
}
