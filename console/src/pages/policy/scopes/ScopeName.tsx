import { useContext } from "react";
import { Room } from "../../../ui/room.ts";
import { Breakable } from "../change/Breakable.tsx";

/** A scope as it stands in tokens; in a row that opens, what of it is an address of a code system is cut. */
export function ScopeName({ name }: { readonly name: string }) {
  const room = useContext(Room);
  const text = room === "row" ? name.replaceAll(/https?:\/\/[^|&,]*\|/g, "…|") : name;
  return (
    <code className="id">
      <Breakable text={text} />
    </code>
  );
}
