const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** All of a time, to the second, in the reader's zone: "Wed, 25 Nov 2026, 12:41:07". */
export const wholeWords = (at: Date): string => `${DAY.format(at)}, ${TIME.format(at)}`;
