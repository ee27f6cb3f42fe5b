// What is pressed stays where it is until the press is over: a list that is asked anew because its filter is left would take the row away under it.
let isDown = false;
const waiting: (() => void)[] = [];

/** What the press itself does, such as to open the row, is done at once where nothing waits, and else after what waits. */
function over(): void {
  isDown = false;
  setTimeout(() => {
    for (const run of waiting.splice(0)) run();
  });
}

/** Notes each press of the page. */
export function keepPresses(): void {
  document.addEventListener(
    "pointerdown",
    ({ button }) => {
      isDown = button === 0;
    },
    true,
  );
  for (const ends of ["pointerup", "pointercancel"]) document.addEventListener(ends, over, true);
  window.addEventListener("blur", over);
}

/** Does it now, or as soon as the press that is under way is over; in the order of the calls. */
export function afterPress(run: () => void): void {
  if (isDown || waiting.length > 0) waiting.push(run);
  else run();
}
