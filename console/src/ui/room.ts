import { createContext } from "react";

/**
 * Nothing is told only to who points at it, as a keyboard and a finger don't: no element has a `title`. How much is told goes by the room. A row
 * that opens is short, as what it opens has the rest; a text has the id with a name; a fact has all, such as the second of a time.
 */
export const Room = createContext<"row" | "text" | "fact">("text");
